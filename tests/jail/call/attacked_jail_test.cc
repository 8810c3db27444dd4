// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Single attacks, and what they must not reach.

#include <string.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/decoders.h"
#include "tests/jail/call/hostile_decoder.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWorkers[] = "tests/jail/call/hostile_worker";
// Far more than a busy machine needs.
constexpr milliseconds kSlack{5000};

std::unique_ptr<Jail> MakeJail(JailOptions options, std::string_view decoder) {
  options.worker_binary = kWorkers;
  auto jail = Jail::Create(std::move(options), decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

// Each is there before the host has begun to wait for it.
TEST(AttackedJail, PartsWithoutEndEndAtTheDeadline) {
  auto jail = MakeJail({.output_buffer = 4096,
                        .output_limit = UINT64_MAX,
                        .placement = Placement::kAnywhere},
                       "hostile");
  ASSERT_NE(jail, nullptr);
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const HostileScript script = {seed, Attack::kEagerParts};
    int taken = 0;
    const auto begin = steady_clock::now();
    const absl::Status status = jail->CallInPlace(
        sizeof(script),
        [&](std::span<uint8_t> input) {
          memcpy(input.data(), &script, sizeof(script));
        },
        [&](UntrustedView part) {
          EXPECT_GT(part.size(), 0u);
          ++taken;
          std::this_thread::sleep_for(milliseconds(10));
          return absl::OkStatus();
        },
        {.deadline = milliseconds(100)});
    EXPECT_LT(steady_clock::now() - begin, milliseconds(100) + kSlack);
    const auto failure = FailureOf(status);
    ASSERT_TRUE(failure) << status;
    EXPECT_TRUE(failure->end == CallEnd::kDeadline ||
                failure->end == CallEnd::kLied)
        << status;
    EXPECT_LE(taken, 10) << "it went on after the deadline";
  }
}

TEST(AttackedJail, NoWorkerSpeaksForAnother) {
  for (const Freshness freshness :
       {Freshness::kForkPerCall, Freshness::kNewProcess}) {
    auto jail = MakeJail({.freshness = freshness}, "misbehave");
    ASSERT_NE(jail, nullptr);
    for (int i = 0; i < 6; ++i) {
      const bool mutters = i % 3 != 2;
      const auto output = jail->Call(AsBytes(mutters ? "mutter" : "complain"));
      EXPECT_EQ(output.ok(), mutters) << output.status();
      if (mutters) continue;
      const auto failure = FailureOf(output.status());
      ASSERT_TRUE(failure);
      EXPECT_THAT(failure->messages, HasSubstr("complaint"));
      EXPECT_THAT(failure->messages, Not(HasSubstr("murmur")));
    }
  }
}

}  // namespace
}  // namespace cellblock
