// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Both sides of a typed call, with a fake jail between them.

#include "jail/typed_jail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/jail/fake_jail.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

enum class Mode : uint8_t { kGrey, kColour };
struct Header {
  uint8_t depth;
  uint32_t width;
  bool alpha;
  Mode mode;
  std::array<uint16_t, 3> palette;
};
static_assert(PackedBytes<Header>() == 13);

int Add(int a, int b) { return a + b; }
int Twice(const int& a) noexcept { return 2 * a; }
bool Not(bool value) { return !value; }
double Half(float value) { return value / 2; }
Mode Other(Mode mode) {
  return mode == Mode::kGrey ? Mode::kColour : Mode::kGrey;
}
int calls_of_nothing = 0;
void Nothing() { ++calls_of_nothing; }
absl::Status Check(uint32_t value) {
  return value < 10 ? absl::OkStatus() : absl::OutOfRangeError("too many");
}
std::vector<uint8_t> Repeat(std::span<const uint8_t> in, uint32_t times) {
  std::vector<uint8_t> out;
  for (; times > 0; --times) out.insert(out.end(), in.begin(), in.end());
  return out;
}
std::string Join(std::string_view a, const std::string& b, std::string c) {
  return std::string(a) + "|" + b + "|" + c;
}
absl::StatusOr<Header> Parse(std::span<const uint8_t> in) {
  if (in.empty()) return absl::InvalidArgumentError("empty");
  return Header{in[0], 7, true, Mode::kColour, {1, 2, 3}};
}
Header Wider(const Header& header, uint32_t by) {
  Header wider = header;
  wider.width += by;
  return wider;
}
absl::StatusOr<std::vector<uint8_t>> MaybeBytes(bool give) {
  if (!give) return absl::NotFoundError("none");
  return std::vector<uint8_t>{1, 2};
}
absl::StatusOr<std::string> MaybeText(bool give) {
  if (!give) return absl::NotFoundError("none");
  return std::string("text");
}

// A typed jail over a fake one, which it owns.
template <auto kFunction, auto kWorker = kFunction>
struct Typed {
  FakeJail* fake = new FakeJail(Wrap<kWorker>("function").decode);
  TypedJail<kFunction> jail{std::unique_ptr<Jail>(fake)};
};

template <typename T>
T ValueOf(const absl::StatusOr<Untrusted<T>>& result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->UnsafeUnvalidated() : T{};
}

std::vector<uint8_t> BytesOf(const absl::StatusOr<UntrustedBytes>& result) {
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  const std::span<const uint8_t> bytes = result->UnsafeUnvalidated();
  return {bytes.begin(), bytes.end()};
}

constexpr Decoder kDecoders[] = {Wrap<Add>("add"),
                                 Wrap<Nothing>("nothing", absl::OkStatus)};

TEST(TypedJailTest, DecodersAreConstants) {
  EXPECT_STREQ(kDecoders[0].name, "add");
  EXPECT_EQ(kDecoders[0].prepare, nullptr);
  EXPECT_NE(kDecoders[1].prepare, nullptr);
}

TEST(TypedJailTest, ValuesGoAndComeBack) {
  EXPECT_EQ(ValueOf(Typed<Add>().jail.Call(1, -3)), -2);
  EXPECT_EQ(ValueOf(Typed<Twice>().jail.Call(21)), 42);
  EXPECT_EQ(ValueOf(Typed<Not>().jail.Call(false)), true);
  EXPECT_EQ(ValueOf(Typed<Half>().jail.Call(3)), 1.5);
  EXPECT_EQ(ValueOf(Typed<Other>().jail.Call(Mode::kGrey)), Mode::kColour);
  const Header header = {9, 10, true, Mode::kColour, {4, 5, 6}};
  const Header wider = ValueOf(Typed<Wider>().jail.Call(header, 90));
  EXPECT_EQ(wider.depth, 9);
  EXPECT_EQ(wider.width, 100u);
  EXPECT_TRUE(wider.alpha);
  EXPECT_EQ(wider.mode, Mode::kColour);
  EXPECT_EQ(wider.palette, header.palette);
}

TEST(TypedJailTest, BytesGoAndComeBack) {
  std::vector<uint8_t> in(1000);
  std::iota(in.begin(), in.end(), 0);
  EXPECT_EQ(BytesOf(Typed<Repeat>().jail.Call(in, 1)), in);
  EXPECT_EQ(BytesOf(Typed<Repeat>().jail.Call(in, 30)), Repeat(in, 30));
  EXPECT_EQ(BytesOf(Typed<Repeat>().jail.Call(in, 0)).size(), 0u);
  EXPECT_EQ(BytesOf(Typed<Repeat>().jail.Call({}, 5)).size(), 0u);
  EXPECT_EQ(ValueOf(Typed<Join>().jail.Call("a", "", std::string("c\0d", 3))),
            std::string("a||c\0d", 6));
}

TEST(TypedJailTest, NothingComesBackAsAStatus) {
  calls_of_nothing = 0;
  EXPECT_TRUE(Typed<Nothing>().jail.Call().ok());
  EXPECT_EQ(calls_of_nothing, 1);
  EXPECT_TRUE(Typed<Check>().jail.Call(9).ok());
}

TEST(TypedJailTest, TheFunctionsErrorIsARefusal) {
  const auto expect_refused = [](const absl::Status& status,
                                 absl::StatusCode code, const char* word) {
    const auto failure = FailureOf(status);
    ASSERT_TRUE(failure.has_value()) << status;
    EXPECT_EQ(failure->end, CallEnd::kRefused);
    EXPECT_EQ(failure->code, static_cast<int>(code));
    EXPECT_THAT(std::string(status.message()), HasSubstr(word));
  };
  using absl::StatusCode;
  expect_refused(Typed<Check>().jail.Call(10), StatusCode::kOutOfRange,
                 "too many");
  expect_refused(Typed<Parse>().jail.Call({}).status(),
                 StatusCode::kInvalidArgument, "empty");
  expect_refused(Typed<MaybeBytes>().jail.Call(false).status(),
                 StatusCode::kNotFound, "none");
  expect_refused(Typed<MaybeText>().jail.Call(false).status(),
                 StatusCode::kNotFound, "none");
  EXPECT_EQ(BytesOf(Typed<MaybeBytes>().jail.Call(true)).size(), 2u);
  EXPECT_EQ(ValueOf(Typed<MaybeText>().jail.Call(true)), "text");
}

TEST(TypedJailTest, OptionsReachTheJail) {
  Typed<Add> typed;
  const CallOptions options = {.deadline = std::chrono::seconds(3),
                               .descriptor = 5};
  EXPECT_EQ(ValueOf(typed.jail.CallWith(options, 1, 2)), 3);
  EXPECT_EQ(typed.fake->options.deadline, std::chrono::seconds(3));
  EXPECT_EQ(typed.fake->options.descriptor, 5);
  EXPECT_EQ(&typed.jail.jail(), typed.fake);
}

// Padding may hold what the host would not tell.
TEST(TypedJailTest, OnlyMembersAreSent) {
  Typed<Wider> typed;
  Header header;
  memset(&header, 0x5a, sizeof(header));
  header = {1, 2, true, Mode::kGrey, {3, 4, 5}};
  ValueOf(typed.jail.Call(header, 1));
  EXPECT_EQ(typed.fake->input.size(), 4 + 13 + 4u);
}

TEST(TypedJailTest, ACallForAnotherSignatureIsRefused) {
  const absl::Status status = Typed<Add, Half>().jail.Call(1, 2).status();
  EXPECT_EQ(FailureOf(status)->end, CallEnd::kRefused);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another signature"));
}

// The worker's side: every prefix of an input, every length that lies.
TEST(TypedJailTest, TheWorkerRefusesInputThatDoesNotFit) {
  Typed<Join> typed;
  ValueOf(typed.jail.Call("one", "two", "three"));
  const std::vector<uint8_t> input = typed.fake->input;
  DecodeFunction* const decode = Wrap<Join>("join").decode;
  for (size_t bytes = 0; bytes < input.size(); ++bytes) {
    const std::vector<uint8_t> prefix(input.begin(), input.begin() + bytes);
    FakeCall call(prefix);
    EXPECT_EQ(decode(call).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(call.output().empty()) << bytes;
  }
  std::vector<uint8_t> longer = input;
  longer.push_back(0);
  FakeCall call(longer);
  EXPECT_EQ(decode(call).code(), absl::StatusCode::kInvalidArgument);
  for (size_t bit = 0; bit < 8 * input.size(); ++bit) {
    std::vector<uint8_t> flipped = input;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    FakeCall tried(flipped);
    const absl::Status status = decode(tried);
    EXPECT_EQ(status.ok(), !tried.output().empty()) << bit;
  }
}

TEST(TypedJailTest, TheWorkerRefusesABoolThatIsNone) {
  Typed<Not> typed;
  ValueOf(typed.jail.Call(true));
  std::vector<uint8_t> input = typed.fake->input;
  ASSERT_EQ(input.size(), 5u);
  input[4] = 2;
  FakeCall call(input);
  EXPECT_EQ(Wrap<Not>("not").decode(call).code(),
            absl::StatusCode::kInvalidArgument);
}

void ExpectLie(const absl::Status& status) {
  const auto failure = FailureOf(status);
  ASSERT_TRUE(failure.has_value()) << status;
  EXPECT_EQ(failure->end, CallEnd::kLied);
}

// Parse's reply after `tamper`, in parts of each size.
template <typename Check>
void WithParse(const FakeJail::Tamper& tamper, const Check& check) {
  for (const size_t part_bytes : {1, 5, 13, 64}) {
    Typed<Parse> typed;
    typed.fake->tamper = tamper;
    typed.fake->part_bytes = part_bytes;
    check(typed.jail.Call(std::vector<uint8_t>{8}));
  }
}

TEST(TypedJailTest, NoOtherLengthOfAReplyIsTaken) {
  for (size_t bytes = 0; bytes < 40; ++bytes) {
    WithParse([bytes](auto& output) { output.resize(bytes); },
              [bytes](const absl::StatusOr<Untrusted<Header>>& result) {
                if (bytes == 13) {
                  EXPECT_EQ(ValueOf(result).depth, 8);
                } else {
                  ExpectLie(result.status());
                }
              });
  }
}

TEST(TypedJailTest, EveryBitFlipOfAReplyIsAValueOrALie) {
  constexpr size_t kAlphaAt = 5;
  for (size_t bit = 0; bit < 8 * 13; ++bit) {
    const bool breaks_bool = bit / 8 == kAlphaAt && bit % 8 != 0;
    WithParse(
        [bit](auto& output) { output[bit / 8] ^= uint8_t(1 << (bit % 8)); },
        [breaks_bool](const absl::StatusOr<Untrusted<Header>>& result) {
          if (breaks_bool) {
            ExpectLie(result.status());
          } else {
            EXPECT_TRUE(result.ok()) << result.status();
          }
        });
  }
}

TEST(TypedJailTest, RandomRepliesAreValuesOrLies) {
  std::mt19937_64 random(TestSeed());
  for (uint64_t round = 0; round < 20000 * TestFactor(); ++round) {
    std::vector<uint8_t> sent;
    WithParse(
        [&](auto& output) {
          output.resize(random() % 4 == 0 ? random() % 30 : 13);
          for (uint8_t& byte : output) {
            byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : 1);
          }
          sent = output;
        },
        [&](const absl::StatusOr<Untrusted<Header>>& result) {
          EXPECT_EQ(result.ok(), sent.size() == 13 && sent[5] <= 1);
          if (!result.ok()) ExpectLie(result.status());
        });
  }
}

TEST(TypedJailTest, NothingIsNoByte) {
  for (const size_t bytes : {1, 2, 1000}) {
    Typed<Nothing> nothing;
    nothing.fake->tamper = [bytes](auto& output) { output.resize(bytes); };
    ExpectLie(nothing.jail.Call());
    Typed<Check> check;
    check.fake->tamper = nothing.fake->tamper;
    ExpectLie(check.jail.Call(1));
  }
}

TEST(TypedJailTest, BytesOfAnyNumberAreTakenAsTheyAre) {
  Typed<Repeat> bytes;
  bytes.fake->tamper = [](auto& output) { output.assign(999, 3); };
  EXPECT_EQ(BytesOf(bytes.jail.Call({}, 1)), std::vector<uint8_t>(999, 3));
  Typed<Join> text;
  text.fake->tamper = [](auto& output) { output.assign(3, 0xff); };
  EXPECT_EQ(ValueOf(text.jail.Call("", "", "")), "\xff\xff\xff");
}

}  // namespace
}  // namespace cellblock
