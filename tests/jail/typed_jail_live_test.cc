// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Typed calls into real workers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/typed_jail.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

struct Picture {
  uint32_t width;
  uint16_t height;
  bool alpha;
};

int64_t Add(int64_t a, int32_t b) { return a + b; }
int Pid() { return getpid(); }
absl::StatusOr<Picture> Parse(std::span<const uint8_t> file) {
  if (file.empty()) return absl::NotFoundError("no picture");
  return Picture{file[0], 7, true};
}
std::vector<uint8_t> Repeat(std::span<const uint8_t> in, uint32_t times) {
  std::vector<uint8_t> out;
  for (; times > 0; --times) out.insert(out.end(), in.begin(), in.end());
  return out;
}
std::string Join(std::string_view a, const std::string& b) {
  return std::string(a) + "|" + b;
}
absl::Status Check(uint32_t value) {
  return value < 10 ? absl::OkStatus() : absl::OutOfRangeError("too many");
}
int Misbehave(std::string_view how) {
  if (how == "crash") *reinterpret_cast<volatile int*>(0x123450) = 1;
  if (how == "mmap") syscall(SYS_mmap, nullptr, 4096, 3, 0x22, -1, 0);
  if (how == "exhaust") {
    const std::vector<char> large(size_t{1} << 30);
    return large.back();
  }
  if (how == "throw") throw std::string("of a type of its own");
  return 1;
}

// What takes a worker over need not care for the signature.
absl::Status LongReply(JailedCall& call) {
  call.Write(std::vector<uint8_t>(9, 1));
  return absl::OkStatus();
}
absl::Status ShortReply(JailedCall& call) {
  call.Write(std::vector<uint8_t>(7, 1));
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {Wrap<Add>("add"),
                                 Wrap<Pid>("pid"),
                                 Wrap<Parse>("parse"),
                                 Wrap<Repeat>("repeat"),
                                 Wrap<Join>("join"),
                                 Wrap<Check>("check"),
                                 {"long", LongReply},
                                 {"short", ShortReply},
                                 Wrap<Misbehave>("misbehave")};

template <auto kFunction>
std::unique_ptr<TypedJail<kFunction>> Make(JailOptions options,
                                           std::string_view decoder) {
  auto jail = TypedJail<kFunction>::Create(std::move(options), decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

std::string Text(const UntrustedBytes& bytes) {
  const auto given = bytes.UnsafeUnvalidated();
  return {given.begin(), given.end()};
}

class TypedJailLiveTest : public testing::TestWithParam<Freshness> {
 protected:
  JailOptions Options() const {
    return {.pool_bytes = 1 << 20, .freshness = GetParam()};
  }
};

INSTANTIATE_TEST_SUITE_P(EveryFreshness, TypedJailLiveTest,
                         testing::Values(Freshness::kReuse,
                                         Freshness::kHeapReset,
                                         Freshness::kForkPerCall,
                                         Freshness::kNewProcess));

TEST_P(TypedJailLiveTest, ValuesGoAndComeBack) {
  auto add = Make<Add>(Options(), "add");
  ASSERT_NE(add, nullptr);
  for (const int64_t a : {int64_t{0}, INT64_MIN, INT64_MAX - 5}) {
    for (const int32_t b : {0, 5}) {
      const auto sum = add->Call(a, b);
      ASSERT_TRUE(sum.ok()) << sum.status();
      EXPECT_EQ(sum->UnsafeUnvalidated(), a + b);
    }
  }
}

TEST_P(TypedJailLiveTest, BytesAndTextGoAndComeBack) {
  JailOptions options = Options();
  options.output_buffer = 4096;
  auto repeat = Make<Repeat>(options, "repeat");
  ASSERT_NE(repeat, nullptr);
  const std::vector<uint8_t> in(1001, 'x');
  for (const uint32_t times : {0u, 1u, 100u}) {
    const auto out = repeat->Call(in, times);
    ASSERT_TRUE(out.ok()) << out.status();
    EXPECT_EQ(Text(*out), std::string(1001 * times, 'x'));
  }
  auto join = Make<Join>(Options(), "join");
  ASSERT_NE(join, nullptr);
  const auto joined = join->Call("left", std::string("right"));
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->UnsafeUnvalidated(), "left|right");
}

TEST_P(TypedJailLiveTest, StructsAndErrorsComeBack) {
  auto parse = Make<Parse>(Options(), "parse");
  ASSERT_NE(parse, nullptr);
  const uint8_t file[] = {200};
  const auto picture = parse->Call(file);
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->UnsafeUnvalidated().width, 200u);
  EXPECT_EQ(picture->UnsafeUnvalidated().height, 7u);
  EXPECT_TRUE(picture->UnsafeUnvalidated().alpha);
  const auto refused = FailureOf(parse->Call({}).status());
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->end, CallEnd::kRefused);
  EXPECT_EQ(refused->code, static_cast<int>(absl::StatusCode::kNotFound));
  auto check = Make<Check>(Options(), "check");
  ASSERT_NE(check, nullptr);
  EXPECT_TRUE(check->Call(9).ok());
  EXPECT_EQ(FailureOf(check->Call(10))->end, CallEnd::kRefused);
}

TEST_P(TypedJailLiveTest, EveryFunctionRunsInAnotherProcess) {
  auto pid = Make<Pid>(Options(), "pid");
  ASSERT_NE(pid, nullptr);
  const auto first = pid->Call();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_NE(first->UnsafeUnvalidated(), getpid());
}

TEST_P(TypedJailLiveTest, EndsAreThoseOfAnyCall) {
  auto jail = Make<Misbehave>(Options(), "misbehave");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(FailureOf(jail->Call("crash").status())->signal, SIGSEGV);
  EXPECT_EQ(FailureOf(jail->Call("mmap").status())->violation.number,
            static_cast<uint32_t>(SYS_mmap));
  EXPECT_EQ(FailureOf(jail->Call("exhaust").status())->end,
            CallEnd::kExhausted);
  EXPECT_EQ(FailureOf(jail->Call("throw").status())->end, CallEnd::kRefused);
  EXPECT_TRUE(jail->Call("nothing").ok());
}

TEST_P(TypedJailLiveTest, WhatIsNoResultIsALie) {
  for (const char* const decoder : {"long", "short"}) {
    auto jail = Make<Add>(Options(), decoder);
    ASSERT_NE(jail, nullptr);
    for (int i = 0; i < 3; ++i) {
      const auto sum = jail->Call(1, 2);
      ASSERT_FALSE(sum.ok()) << decoder;
      EXPECT_EQ(sum.status().code(), absl::StatusCode::kDataLoss) << decoder;
      EXPECT_EQ(FailureOf(sum.status())->end, CallEnd::kLied) << decoder;
    }
  }
}

TEST_P(TypedJailLiveTest, AnotherSignatureIsRefused) {
  auto jail = Make<Add>(Options(), "check");
  ASSERT_NE(jail, nullptr);
  const auto sum = jail->Call(1, 2);
  EXPECT_EQ(FailureOf(sum.status())->end, CallEnd::kRefused);
  EXPECT_THAT(std::string(sum.status().message()), HasSubstr("signature"));
}

TEST_P(TypedJailLiveTest, OptionsReachTheCall) {
  auto jail = Make<Misbehave>(Options(), "misbehave");
  ASSERT_NE(jail, nullptr);
  const auto result = jail->CallWith({.descriptor = 9999}, "nothing");
  EXPECT_EQ(FailureOf(result.status())->end, CallEnd::kMisuse);
  EXPECT_TRUE(jail->jail().TestLock(SYS_ptrace).ok());
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
