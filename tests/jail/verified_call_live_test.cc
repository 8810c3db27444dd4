// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Verified calls by real workers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "jail/jail.h"
#include "jail/verified_call.h"

namespace cellblock {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Bytes = std::vector<uint8_t>;

// Every byte twice, but that at `lie`.
absl::Status DoubleBut(JailedCall& call, size_t lie) {
  size_t at = 0;
  for (const uint8_t byte : call.input()) {
    const auto given = static_cast<uint8_t>(at++ == lie ? byte ^ 1 : byte);
    call.Write(Bytes{given, given});
  }
  return absl::OkStatus();
}
absl::Status Double(JailedCall& call) { return DoubleBut(call, SIZE_MAX); }
absl::Status DoubleLying(JailedCall& call) { return DoubleBut(call, 5000); }

absl::Status Halve(JailedCall& call) {
  for (size_t at = 0; at + 1 < call.input().size(); at += 2) {
    call.Write({&call.input()[at], 1});
  }
  return absl::OkStatus();
}
absl::Status HalveShort(JailedCall& call) {
  call.Write(call.input().first(call.input().size() / 4));
  return absl::OkStatus();
}
absl::Status Crash(JailedCall&) {
  *reinterpret_cast<volatile int*>(0x123450) = 1;
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {{"double", Double},
                                 {"double, lying", DoubleLying},
                                 {"halve", Halve},
                                 {"halve, short", HalveShort},
                                 {"crash", Crash}};

std::unique_ptr<Jail> Make(std::string_view decoder,
                           std::set<pid_t>* workers = nullptr) {
  auto jail = Jail::Create({.pool_bytes = 1 << 20,
                            .output_buffer = 4096,
                            .log =
                                [workers](const CallRecord& record) {
                                  if (workers != nullptr)
                                    workers->insert(record.worker);
                                }},
                           decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

Bytes Input() {
  Bytes input(9001);
  for (size_t i = 0; i < input.size(); ++i) input[i] = i % 251;
  return input;
}

absl::StatusOr<UntrustedBytes> Verify(
    std::string_view first, std::string_view second,
    Verification verification = Verification::kRoundTrip) {
  auto one = Make(first);
  auto other = Make(second);
  return VerifiedCall(*one, *other, Input(), {.verification = verification});
}

TEST(VerifiedCallLiveTest, SeedParity_Row46_TwoProcessesBearAnOutputOut) {
  std::set<pid_t> first_workers;
  std::set<pid_t> second_workers;
  auto first = Make("double", &first_workers);
  auto second = Make("halve", &second_workers);
  for (int i = 0; i < 5; ++i) {
    const auto output = VerifiedCall(*first, *second, Input());
    ASSERT_TRUE(output.ok()) << output.status();
    EXPECT_EQ(output->size(), 2 * Input().size());
  }
  EXPECT_EQ(first_workers.size(), 5u);
  EXPECT_EQ(second_workers.size(), 5u);
  for (const pid_t worker : first_workers) {
    EXPECT_FALSE(second_workers.contains(worker));
    EXPECT_NE(worker, getpid());
  }
  EXPECT_TRUE(Verify("double", "double", Verification::kSameOutput).ok());
}

TEST(VerifiedCallLiveTest, SeedParity_Row46_ALyingProcessIsFound) {
  const auto lied = Verify("double, lying", "halve");
  EXPECT_EQ(lied.status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(DisagreementOf(lied.status()).has_value());
  EXPECT_EQ(DisagreementOf(lied.status())->offset, 5000u);
  const auto ended = Verify("double", "halve, short");
  ASSERT_TRUE(DisagreementOf(ended.status()).has_value());
  const auto other =
      Verify("double", "double, lying", Verification::kSameOutput);
  ASSERT_TRUE(DisagreementOf(other.status()).has_value());
  EXPECT_EQ(DisagreementOf(other.status())->offset, 10'000u);
}

TEST(VerifiedCallLiveTest, AFailureSaysWhoseItIs) {
  const auto first = Verify("crash", "halve");
  EXPECT_EQ(FailureOf(first.status())->end, CallEnd::kCrashed);
  EXPECT_THAT(std::string(first.status().message()),
              StartsWith("the first jail: "));
  const auto second = Verify("double", "crash");
  EXPECT_EQ(FailureOf(second.status())->end, CallEnd::kCrashed);
  EXPECT_THAT(std::string(second.status().message()),
              StartsWith("the second jail: "));
}

TEST(VerifiedCallLiveTest, OneJailBearsNothingOut) {
  auto jail = Make("double");
  EXPECT_EQ(VerifiedCall(*jail, *jail, Input()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
