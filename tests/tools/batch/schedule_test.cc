// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "tests/seed.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using Next = Schedule::Next;

const Schedule::Clock::time_point kStart{std::chrono::hours(1)};

TEST(ScheduleTest, InputsStartInTheirOrder) {
  Schedule schedule({4, 2, 7}, {});
  for (const size_t input : {4, 2, 7}) {
    const auto attempt = schedule.Start(kStart);
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->input, input);
    EXPECT_EQ(attempt->number, 1u);
    EXPECT_EQ(attempt->tier, PoolTier::kUsual);
    EXPECT_FALSE(schedule.Done());
    EXPECT_EQ(schedule.Ended(*attempt, VerdictClass::kClean, true, kStart),
              Next::kFinal);
  }
  EXPECT_FALSE(schedule.Start(kStart));
  EXPECT_TRUE(schedule.Done());
}

TEST(ScheduleTest, APermanentVerdictIsFinal) {
  for (const VerdictClass verdict :
       {VerdictClass::kProgramError, VerdictClass::kViolation,
        VerdictClass::kCrashed, VerdictClass::kExhausted}) {
    Schedule schedule({0}, {});
    EXPECT_EQ(schedule.Ended(*schedule.Start(kStart), verdict, true, kStart),
              Next::kFinal);
    EXPECT_TRUE(schedule.Done());
  }
}

TEST(ScheduleTest, AnotherOneRunsAgainAfterTwiceAsLongEachTime) {
  Schedule schedule({0}, {.most_retries = 2, .first_pause = milliseconds(100)});
  auto now = kStart;
  auto attempt = schedule.Start(now);
  for (const milliseconds pause : {milliseconds(100), milliseconds(200)}) {
    EXPECT_EQ(schedule.Ended(*attempt, VerdictClass::kTimeout, false, now),
              Next::kRetry);
    EXPECT_FALSE(schedule.Done());
    EXPECT_EQ(schedule.Due(), now + pause);
    EXPECT_FALSE(schedule.Start(now + pause - milliseconds(1)));
    now += pause;
    attempt = schedule.Start(now);
    ASSERT_TRUE(attempt);
  }
  EXPECT_EQ(attempt->number, 3u);
  EXPECT_EQ(schedule.Ended(*attempt, VerdictClass::kTimeout, false, now),
            Next::kFinal);
  EXPECT_FALSE(schedule.Due());
  EXPECT_TRUE(schedule.Done());
}

TEST(ScheduleTest, WhatIsPutBackComesNextAndHasItsRetries) {
  Schedule schedule({0, 1}, {.most_retries = 0, .larger_pool = true});
  auto attempt = schedule.Start(kStart);
  ASSERT_EQ(schedule.Ended(*attempt, VerdictClass::kExhausted, true, kStart),
            Next::kLargerPool);
  for (int time = 0; time < 3; ++time) {
    attempt = schedule.Start(kStart);
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->input, 0u);
    EXPECT_EQ(attempt->tier, PoolTier::kLarger);
    EXPECT_EQ(attempt->number, 2u);
    schedule.PutBack(*attempt, kStart);
    EXPECT_EQ(schedule.Due(), kStart);
    EXPECT_FALSE(schedule.Done());
  }
}

// Nobody would be waited for in vain, again and again.
TEST(ScheduleTest, WhatWaitsForTheLargerPoolIsDueWhenThatIsFree) {
  Schedule schedule({0, 1}, {.larger_pool = true});
  for (const Attempt& usual :
       {*schedule.Start(kStart), *schedule.Start(kStart)}) {
    schedule.Ended(usual, VerdictClass::kExhausted, true, kStart);
  }
  const auto first = schedule.Start(kStart);
  EXPECT_EQ(schedule.Ended(*first, VerdictClass::kTimeout, false, kStart),
            Next::kRetry);
  const auto second = schedule.Start(kStart);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->tier, PoolTier::kLarger);
  EXPECT_FALSE(schedule.Due());
  schedule.Ended(*second, VerdictClass::kClean, true, kStart);
  EXPECT_TRUE(schedule.Due());
}

TEST(ScheduleTest, WhatWasExhaustedGetsTheLargerPoolOnce) {
  Schedule schedule({0, 1}, {.larger_pool = true});
  for (const Attempt& usual :
       {*schedule.Start(kStart), *schedule.Start(kStart)}) {
    EXPECT_EQ(schedule.Ended(usual, VerdictClass::kExhausted, true, kStart),
              Next::kLargerPool);
  }
  const auto first = schedule.Start(kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->tier, PoolTier::kLarger);
  EXPECT_FALSE(schedule.Start(kStart)) << "one at a time";
  EXPECT_EQ(schedule.Ended(*first, VerdictClass::kExhausted, true, kStart),
            Next::kFinal);
  const auto second = schedule.Start(kStart);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->tier, PoolTier::kLarger);
  EXPECT_EQ(second->number, 2u);
  EXPECT_EQ(schedule.Ended(*second, VerdictClass::kClean, true, kStart),
            Next::kFinal);
  EXPECT_TRUE(schedule.Done());
}

// Random ends in a random order: each input gets exactly one final verdict, and
// no rule is broken on the way.
TEST(ScheduleTest, EveryInputGetsOneFinalVerdict) {
  std::mt19937_64 random(TestSeed());
  for (uint64_t round = 0; round < 200 * TestFactor(); ++round) {
    const size_t inputs = random() % 40;
    const Schedule::Rules rules = {
        .most_retries = static_cast<uint32_t>(random() % 4),
        .larger_pool = random() % 2 == 0};
    std::vector<size_t> list(inputs);
    for (size_t i = 0; i < inputs; ++i) list[i] = i;
    Schedule schedule(list, rules);
    std::vector<Attempt> running;
    std::map<size_t, int> finals;
    auto now = kStart;
    while (!schedule.Done()) {
      while (running.size() < 3) {
        const auto attempt = schedule.Start(now);
        if (!attempt) break;
        running.push_back(*attempt);
      }
      int larger = 0;
      for (const Attempt& attempt : running) {
        larger += attempt.tier == PoolTier::kLarger;
        ASSERT_LE(attempt.retries, rules.most_retries);
        ASSERT_LE(attempt.number, rules.most_retries + 2);
      }
      ASSERT_LE(larger, 1);
      if (running.empty()) {
        ASSERT_TRUE(schedule.Due());
        now = *schedule.Due();
        continue;
      }
      const size_t which = random() % running.size();
      const Attempt ended = running[which];
      running.erase(running.begin() + static_cast<ptrdiff_t>(which));
      const auto verdict =
          kAllVerdictClasses[random() % std::size(kAllVerdictClasses)];
      const bool permanent = random() % 3 != 0;
      if (schedule.Ended(ended, verdict, permanent, now) == Next::kFinal) {
        ++finals[ended.input];
      }
      now += milliseconds(random() % 50);
    }
    ASSERT_TRUE(running.empty());
    ASSERT_EQ(finals.size(), inputs);
    for (const auto& [input, count] : finals) ASSERT_EQ(count, 1) << input;
  }
}

}  // namespace
}  // namespace cellblock
