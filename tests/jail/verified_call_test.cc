// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/verified_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "tests/jail/fake_jail.h"

namespace cellblock {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

// Every byte twice, and back.
absl::Status Double(JailedCall& call) {
  for (const uint8_t byte : call.input()) call.Write(Bytes{byte, byte});
  return absl::OkStatus();
}
absl::Status Halve(JailedCall& call) {
  const auto input = call.input();
  for (size_t at = 0; at < input.size(); at += 2) {
    if (at + 1 == input.size() || input[at] != input[at + 1]) {
      return absl::InvalidArgumentError("not doubled");
    }
    call.Write({&input[at], 1});
  }
  return absl::OkStatus();
}

Bytes Input() {
  Bytes input(9001);
  std::iota(input.begin(), input.end(), 1);
  return input;
}

Bytes Doubled(const Bytes& input) {
  FakeCall call(input);
  EXPECT_TRUE(Double(call).ok());
  return call.output();
}

// A jail of each kind for the second place.
struct Pair {
  explicit Pair(Verification verification)
      : second(verification == Verification::kRoundTrip ? Halve : Double) {
    options.verification = verification;
  }

  absl::StatusOr<UntrustedBytes> Call(const Bytes& input) {
    return VerifiedCall(first, second, input, options);
  }

  FakeJail first{Double};
  FakeJail second;
  VerifiedCallOptions options;
};

class VerifiedCallTest : public testing::TestWithParam<Verification> {
 protected:
  Pair pair_{GetParam()};
};

void ExpectDisagreement(const absl::StatusOr<UntrustedBytes>& result,
                        Verification verification, uint64_t offset) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(FailureOf(result.status()).has_value());
  const auto found = DisagreementOf(result.status());
  ASSERT_TRUE(found.has_value()) << result.status();
  EXPECT_EQ(found->verification, verification);
  EXPECT_EQ(found->offset, offset);
  const std::string message(result.status().message());
  EXPECT_THAT(message, HasSubstr("the second jail"));
  EXPECT_THAT(message, HasSubstr("byte " + std::to_string(offset) + " "));
}

TEST_P(VerifiedCallTest, SeedParity_Row46_VerifiedOutputIsGivenOut) {
  for (const Bytes& input : {Bytes(), Bytes{7}, Input()}) {
    for (const size_t part_bytes : {1, 4096, 1 << 20}) {
      pair_.second.part_bytes = part_bytes;
      const auto output = pair_.Call(input);
      ASSERT_TRUE(output.ok()) << output.status();
      const auto bytes = output->UnsafeUnvalidated();
      EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), Doubled(input));
    }
  }
}

// A second jail that lies in one byte, wherever it is.
TEST_P(VerifiedCallTest, SeedParity_Row46_ALieOfTheSecondJailIsFound) {
  const Bytes input = Input();
  for (const size_t part_bytes : {7, 4096, 1 << 20}) {
    pair_.second.part_bytes = part_bytes;
    for (const size_t at : {0, 1, 4095, 4096, 4097, 9000}) {
      pair_.second.tamper = [at](Bytes& output) { output[at] ^= 0x80; };
      ExpectDisagreement(pair_.Call(input), GetParam(), at);
    }
  }
}

TEST_P(VerifiedCallTest, SeedParity_Row46_ShorterAndLongerAreFound) {
  const Bytes input = Input();
  const size_t whole = GetParam() == Verification::kRoundTrip
                           ? input.size()
                           : Doubled(input).size();
  for (const size_t bytes : {size_t{0}, size_t{1}, whole - 1}) {
    pair_.second.tamper = [bytes](Bytes& output) { output.resize(bytes); };
    const auto result = pair_.Call(input);
    ExpectDisagreement(result, GetParam(), bytes);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("it ends"));
  }
  pair_.second.tamper = [](Bytes& output) { output.push_back(0); };
  ExpectDisagreement(pair_.Call(input), GetParam(), whole);
  EXPECT_EQ(DisagreementOf(pair_.Call(input).status())->expected, whole);
  EXPECT_THAT(std::string(pair_.Call(input).status().message()),
              HasSubstr("it goes on"));
  ExpectDisagreement(pair_.Call({}), GetParam(), 0);
}

TEST_P(VerifiedCallTest, AFailureSaysWhoseItIs) {
  FakeJail failing([](JailedCall&) { return absl::NotFoundError("no luck"); });
  const auto second =
      VerifiedCall(pair_.first, failing, Input(), pair_.options);
  EXPECT_EQ(FailureOf(second.status())->end, CallEnd::kRefused);
  EXPECT_THAT(std::string(second.status().message()),
              testing::StartsWith("the second jail: "));
  const auto first =
      VerifiedCall(failing, pair_.second, Input(), pair_.options);
  EXPECT_EQ(FailureOf(first.status())->end, CallEnd::kRefused);
  EXPECT_THAT(std::string(first.status().message()),
              testing::StartsWith("the first jail: "));
  EXPECT_EQ(pair_.second.calls, 0);
  EXPECT_FALSE(DisagreementOf(first.status()).has_value());
}

TEST_P(VerifiedCallTest, OptionsReachBothJails) {
  pair_.options.first.deadline = std::chrono::seconds(1);
  pair_.options.second.deadline = std::chrono::seconds(2);
  EXPECT_TRUE(pair_.Call(Input()).ok());
  EXPECT_EQ(pair_.first.options.deadline, std::chrono::seconds(1));
  EXPECT_EQ(pair_.second.options.deadline, std::chrono::seconds(2));
}

TEST_P(VerifiedCallTest, OneJailCannotBearItselfOut) {
  const auto result =
      VerifiedCall(pair_.first, pair_.first, Input(), pair_.options);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(pair_.first.calls, 0);
}

INSTANTIATE_TEST_SUITE_P(Both, VerifiedCallTest,
                         testing::Values(Verification::kRoundTrip,
                                         Verification::kSameOutput));

// A first jail that lies: what it gives turns back into another input.
TEST(VerifiedCallLieTest, SeedParity_Row46_ALieOfTheFirstJailIsFound) {
  const Bytes input = Input();
  Pair round_trip(Verification::kRoundTrip);
  round_trip.first.tamper = [](Bytes& output) {
    output[200] ^= 1;
    output[201] ^= 1;
  };
  ExpectDisagreement(round_trip.Call(input), Verification::kRoundTrip, 100);
  Pair same(Verification::kSameOutput);
  same.first.tamper = round_trip.first.tamper;
  ExpectDisagreement(same.Call(input), Verification::kSameOutput, 200);
  // What turns back into nothing is the second jail's refusal.
  round_trip.first.tamper = [](Bytes& output) { output.pop_back(); };
  EXPECT_EQ(FailureOf(round_trip.Call(input).status())->end, CallEnd::kRefused);
}

TEST(DisagreementTest, ForeignStatusesCarryNone) {
  EXPECT_FALSE(DisagreementOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(DisagreementOf(absl::DataLossError("x")).has_value());
  for (const size_t bytes : {0, 1, 39, 40, 41}) {
    absl::Status foreign = absl::DataLossError("x");
    foreign.SetPayload("cellblock.dev/disagreement",
                       absl::Cord(std::string(bytes, 'x')));
    EXPECT_FALSE(DisagreementOf(foreign).has_value());
  }
}

}  // namespace
}  // namespace cellblock
