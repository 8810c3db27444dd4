// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a call's end says: its verdict, its messages, its line in the log.

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/live_calls.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class EveryFreshness : public ::testing::TestWithParam<Freshness> {};

INSTANTIATE_TEST_SUITE_P(All, EveryFreshness,
                         ::testing::ValuesIn(kEveryFreshness));

// What a worker notes of its pool makes nothing of what the kernel says.
TEST_P(EveryFreshness, ACrashIsACrashWhateverWasRefusedBefore) {
  auto jail =
      MakeJail({.pool_bytes = 1 << 20, .freshness = GetParam()}, "misbehave");
  ASSERT_NE(jail, nullptr);
  for (const char* how : {"exhaust and crash", "exhaust, go on and crash"}) {
    const auto said = Say(*jail, how);
    const auto failure = FailureOf(said.status());
    ASSERT_TRUE(failure.has_value()) << how;
    EXPECT_EQ(failure->end, CallEnd::kCrashed) << how;
    EXPECT_EQ(failure->signal, SIGSEGV) << how;
    EXPECT_EQ(failure->asked, uint64_t{1} << 30) << how;
    EXPECT_THAT(std::string(said.status().message()),
                HasSubstr("asked for 1073741824 bytes"));
  }
  const CallFailure exited = FailureIn(*jail, "exhaust and exit");
  EXPECT_EQ(exited.end, CallEnd::kExited);
  EXPECT_EQ(exited.exit_code, 7);
  EXPECT_EQ(exited.asked, uint64_t{1} << 30);
  EXPECT_EQ(FailureIn(*jail, "crash").asked, 0u);
}

// More than a pipe holds, in one call or in many.
TEST_P(EveryFreshness, TheLastMessagesComeWithTheFailure) {
  auto jail = MakeJail({.freshness = GetParam()}, "misbehave");
  ASSERT_NE(jail, nullptr);
  EXPECT_THAT(FailureIn(*jail, "chatter and abort").messages,
              EndsWith("wwthe reason"));
  EXPECT_TRUE(Say(*jail, "chatter").ok());
  const std::string after = FailureIn(*jail, "complain").messages;
  EXPECT_THAT(after, EndsWith("complaint"));
  EXPECT_LE(after.size(), 4096u);
}

TEST_P(EveryFreshness, ARefusalsMessagesComeWithIt) {
  auto jail = MakeJail({.freshness = GetParam()}, "misbehave");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(FailureIn(*jail, "complain and refuse").messages, "a bad chunk");
  EXPECT_EQ(FailureIn(*jail, "refuse").messages, "");
}

TEST(CallEnds, ANegativeDeadlineHasPassed) {
  auto jail = MakeJail({.freshness = Freshness::kReuse}, "who");
  ASSERT_NE(jail, nullptr);
  const std::string worker = SayText(*jail, "");
  const auto said = Say(*jail, "", {.deadline = milliseconds(-5)});
  ASSERT_TRUE(FailureOf(said.status()).has_value());
  EXPECT_EQ(FailureOf(said.status())->end, CallEnd::kDeadline);
  EXPECT_THAT(std::string(said.status().message()),
              HasSubstr("passed before the call"));
  EXPECT_EQ(SayText(*jail, ""), worker) << "and cost a worker";
}

// The caller could not have known, and may call again.
TEST(CallEnds, AHostWithoutDescriptorsLeftHasNoWorkerForOne) {
  auto jail = MakeJail({.freshness = Freshness::kReuse, .allow = {"read:9"}},
                       "read passed");
  ASSERT_NE(jail, nullptr);
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none = {3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto said = Say(*jail, "", {.descriptor = 0});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(FailureOf(said.status()).has_value());
  EXPECT_EQ(FailureOf(said.status())->end, CallEnd::kNoWorker);
  EXPECT_THAT(std::string(said.status().message()),
              HasSubstr("Too many open files"));
  EXPECT_EQ(FailureIn(*jail, "", {.descriptor = 9999}).end, CallEnd::kMisuse);
}

TEST(CallEnds, NothingIsLeftOfTheOutputOfAFailedCall) {
  auto jail = MakeJail({.output_buffer = 4096, .output_limit = 8192}, "echo");
  ASSERT_NE(jail, nullptr);
  UntrustedBytes output;
  const std::string input(100'000, 'x');
  const absl::Status status = jail->CallInto(AsBytes(input), &output);
  EXPECT_EQ(FailureOf(status)->end, CallEnd::kOutputLimit);
  EXPECT_EQ(output.size(), 0u);
  EXPECT_TRUE(jail->CallInto(AsBytes("abc"), &output).ok());
  EXPECT_EQ(output.size(), 3u);
}

// By its supervisor, by the filter itself, through another ABI.
TEST(CallEnds, ALockThatKillsHasPassedItsTest) {
  auto jail = MakeJail({}, "echo");
  ASSERT_NE(jail, nullptr);
  constexpr uint32_t kOfX32 = 0x40000001;
  for (const uint32_t number : {uint32_t{SYS_ptrace}, uint32_t{SYS_tgkill},
                                kOfX32, uint32_t{0xffffffff}}) {
    const absl::Status status = jail->TestLock(number);
    EXPECT_TRUE(status.ok()) << number << ": " << status;
  }
  EXPECT_FALSE(jail->TestLock(SYS_getpid).ok());
}

TEST(CallEnds, WhatTheCallersFunctionsEndIsNotLoggedAsClean) {
  std::vector<CallEnd> ends;
  auto jail = MakeJail(
      {.log = [&](const CallRecord& record) { ends.push_back(record.end); }},
      "echo");
  ASSERT_NE(jail, nullptr);
  const auto fill = [](std::span<uint8_t> input) { input[0] = 1; };
  EXPECT_EQ(jail->CallInPlace(
                    1, fill,
                    [](UntrustedView) { return absl::DataLossError("mine"); })
                .message(),
            "mine");
  EXPECT_EQ(FailureOf(jail->CallInPlace(1, fill,
                                        [](UntrustedView) {
                                          return ToStatus(
                                              {.end = CallEnd::kLied},
                                              "no value of its type");
                                        }))
                ->end,
            CallEnd::kLied);
  EXPECT_THROW((void)jail->CallInPlace(
                   1, [](std::span<uint8_t>) { throw std::bad_alloc(); },
                   [](UntrustedView) { return absl::OkStatus(); }),
               std::bad_alloc);
  EXPECT_THROW((void)jail->CallInPlace(1, fill,
                                       [](UntrustedView) -> absl::Status {
                                         throw std::bad_alloc();
                                       }),
               std::bad_alloc);
  EXPECT_EQ(SayText(*jail, "a"), "a");
  EXPECT_THAT(ends,
              ElementsAre(CallEnd::kMisuse, CallEnd::kLied, CallEnd::kMisuse,
                          CallEnd::kMisuse, CallEnd::kClean));
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
