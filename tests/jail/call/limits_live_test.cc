// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a call may use: time, stack, output, the pool.

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/rule_groups.h"
#include "tests/jail/call/limit_decoders.h"
#include "tests/jail/call/live_calls.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

class EveryFreshness : public ::testing::TestWithParam<Freshness> {};

INSTANTIATE_TEST_SUITE_P(All, EveryFreshness,
                         ::testing::ValuesIn(kEveryFreshness));

TEST_P(EveryFreshness, CpuTimeIsThatOfOneCall) {
  auto jail = MakeJail(
      {.freshness = GetParam(), .cpu_limit = milliseconds(100)}, "burn");
  ASSERT_NE(jail, nullptr);
  for (int i = 0; i < 5; ++i) {
    const auto said = Say(*jail, "50");
    EXPECT_TRUE(said.ok()) << said.status();
  }
  const CallFailure failure = FailureIn(*jail, "60000");
  EXPECT_EQ(failure.end, CallEnd::kCpuLimit);
  EXPECT_EQ(failure.time_limit, milliseconds(100));
  EXPECT_TRUE(Say(*jail, "50").ok());
}

TEST_P(EveryFreshness, WaitingIsNoCpuTimeButEndsAtTheDeadline) {
  auto jail = MakeJail({.freshness = GetParam(),
                        .deadline = milliseconds(300),
                        .cpu_limit = milliseconds(100)},
                       "wait");
  ASSERT_NE(jail, nullptr);
  const CallFailure failure = FailureIn(*jail, "");
  EXPECT_EQ(failure.end, CallEnd::kDeadline);
  EXPECT_EQ(failure.time_limit, milliseconds(300));
  EXPECT_EQ(FailureIn(*jail, "", {.deadline = milliseconds(700)}).time_limit,
            milliseconds(700));
}

TEST_P(EveryFreshness, TheDeadlineIncludesTheQueue) {
  auto jail = MakeJail({.freshness = GetParam()}, "wait");
  ASSERT_NE(jail, nullptr);
  std::thread busy([&] {
    EXPECT_EQ(FailureIn(*jail, "", {.deadline = milliseconds(2000)}).end,
              CallEnd::kDeadline);
  });
  std::this_thread::sleep_for(milliseconds(500));
  const auto begin = steady_clock::now();
  const auto said = Say(*jail, "", {.deadline = milliseconds(200)});
  const auto wall = steady_clock::now() - begin;
  EXPECT_EQ(FailureOf(said.status())->end, CallEnd::kNoWorker);
  EXPECT_THAT(std::string(said.status().message()), HasSubstr("busy"));
  EXPECT_GE(wall, milliseconds(200));
  EXPECT_LT(wall, milliseconds(1200));
  busy.join();
}

TEST_P(EveryFreshness, OutputHasTheLimitThatTheFailureNames) {
  auto jail = MakeJail(
      {.freshness = GetParam(), .output_buffer = 4096, .output_limit = 10'000},
      "count");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(SayText(*jail, "10000").size(), 10'000u);
  const auto said = Say(*jail, "10001");
  const auto failure = FailureOf(said.status());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->end, CallEnd::kOutputLimit);
  EXPECT_EQ(failure->output_limit, 10'000u);
  EXPECT_THAT(std::string(said.status().message()), HasSubstr("10000 bytes"));
}

TEST_P(EveryFreshness, TheStackIsAsLargeAsItWasSet) {
  for (const size_t kib : {256, 1024, 4096}) {
    auto jail =
        MakeJail({.stack_bytes = kib << 10, .freshness = GetParam()}, "deep");
    ASSERT_NE(jail, nullptr);
    // What a process keeps there anyway is some KiB.
    const auto fits = Say(*jail, std::to_string(kib - 64));
    EXPECT_TRUE(fits.ok()) << fits.status();
    const CallFailure failure = FailureIn(*jail, std::to_string(kib + 64));
    EXPECT_EQ(failure.end, CallEnd::kCrashed) << kib;
    EXPECT_EQ(failure.signal, SIGSEGV) << kib;
    EXPECT_TRUE(Say(*jail, std::to_string(kib - 64)).ok());
  }
}

TEST_P(EveryFreshness, ThePoolIsWhatTheOptionsSay) {
  constexpr uint64_t kPool = 4 << 20;
  for (const Commit commit : {Commit::kLazy, Commit::kPopulate}) {
    for (const Fill fill : {Fill::kUninitialized, Fill::kZeroed}) {
      for (const HeapMode heap : {HeapMode::kChecked, HeapMode::kHardened}) {
        const JailOptions options = {.pool_bytes = kPool,
                                     .fill = fill,
                                     .commit = commit,
                                     .heap = heap,
                                     .freshness = GetParam()};
        SCOPED_TRACE(
            std::string(heap == HeapMode::kChecked ? "" : "hardened ") +
            (fill == Fill::kZeroed ? "zeroed " : "") +
            (commit == Commit::kLazy ? "" : "populated"));
        auto jail = MakeJail(options, "pool");
        ASSERT_NE(jail, nullptr);
        for (int call = 0; call < 3; ++call) {
          const std::string said = SayText(*jail, "");
          uint64_t taken = 0;
          uint64_t again = 0;
          char zero[8] = {};
          ASSERT_EQ(sscanf(said.c_str(), "%lu %lu %7s", &taken, &again, zero),
                    3)
              << said;
          EXPECT_LE(taken, kPool);
          EXPECT_GE(taken, kPool / 4 * 3);
          // The hardened heap draws where its blocks lie, and what is left
          // over.
          if (heap == HeapMode::kHardened) {
            EXPECT_GE(again, kPool / 4 * 3);
          } else {
            EXPECT_EQ(again, taken);
          }
          // Else it is dirty, as it was given back; the hardened heap zeroes
          // what it takes back.
          const bool is_zero =
              fill == Fill::kZeroed || heap == HeapMode::kHardened;
          EXPECT_STREQ(zero, is_zero ? "zero" : "not");
        }
      }
    }
  }
}

TEST_P(EveryFreshness, EachHeapFindsADoubleFreeAndSaysSo) {
  for (const HeapMode heap : {HeapMode::kChecked, HeapMode::kHardened}) {
    auto jail = MakeJail({.heap = heap, .freshness = GetParam()}, "free twice");
    ASSERT_NE(jail, nullptr);
    const CallFailure failure = FailureIn(*jail, "");
    EXPECT_EQ(failure.end, CallEnd::kCrashed);
    EXPECT_EQ(failure.signal, SIGABRT);
    EXPECT_THAT(failure.messages, HasSubstr("double free"));
  }
}

// Each preset for workers, and each group that can be added.
TEST(Limits, EveryPolicyCanBeALock) {
  for (const char* preset : {"worker", "decoder", "service"}) {
    auto jail = MakeJail({.preset = preset}, "count");
    ASSERT_NE(jail, nullptr) << preset;
    EXPECT_EQ(SayText(*jail, "3"), "xxx") << preset;
    EXPECT_TRUE(jail->TestLock(SYS_ptrace).ok()) << preset;
  }
  for (const RuleGroup& group : AllRuleGroups()) {
    const std::string allow = std::string("@") + group.name;
    auto jail = MakeJail({.allow = {allow}}, "count");
    ASSERT_NE(jail, nullptr) << allow;
    EXPECT_EQ(SayText(*jail, "3"), "xxx") << allow;
    EXPECT_TRUE(jail->TestLock(SYS_ptrace).ok()) << allow;
  }
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::LimitDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
