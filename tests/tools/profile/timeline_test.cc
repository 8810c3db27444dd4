// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/timeline.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cellblock {
namespace {

void Offer(Timeline* timeline, uint64_t ticks) {
  if (timeline->Wants(ticks)) timeline->Add({.ticks = ticks, .in_use = ticks});
}

TEST(TimelineTest, TheFirstIsAlwaysWanted) {
  const Timeline timeline = {};
  EXPECT_TRUE(timeline.Wants(0));
  EXPECT_TRUE(timeline.Wants(UINT64_MAX));
}

TEST(TimelineTest, SamplesAreAnIntervalApart) {
  Timeline timeline = {};
  Offer(&timeline, 100);
  EXPECT_FALSE(timeline.Wants(100 + Timeline::kFirstInterval - 1));
  EXPECT_TRUE(timeline.Wants(100 + Timeline::kFirstInterval));
}

// Of a long run the samples are few, of all of it, in order, and evenly thin.
TEST(TimelineTest, ALongRunIsThinnedEvenly) {
  Timeline timeline = {};
  constexpr uint64_t kStep = Timeline::kFirstInterval / 4;
  constexpr uint64_t kEnd = 1000 * Timeline::kMost * kStep;
  for (uint64_t ticks = 0; ticks <= kEnd; ticks += kStep) {
    Offer(&timeline, ticks);
    ASSERT_LE(timeline.count, Timeline::kMost);
  }
  EXPECT_GE(timeline.count, Timeline::kMost / 2);
  EXPECT_EQ(timeline.samples[0].ticks, 0u);
  EXPECT_GT(timeline.samples[timeline.count - 1].ticks,
            kEnd - 2 * timeline.interval);
  for (uint32_t i = 1; i < timeline.count; ++i) {
    const uint64_t apart =
        timeline.samples[i].ticks - timeline.samples[i - 1].ticks;
    EXPECT_GE(apart, timeline.interval);
    EXPECT_LT(apart, 2 * timeline.interval);
  }
}

TEST(TimelineTest, AForgedCountReachesNoFurtherThanTheEnd) {
  Timeline timeline = {};
  timeline.count = UINT32_MAX;
  timeline.Add({.ticks = 1});
  EXPECT_EQ(timeline.count, Timeline::kMost / 2 + 1);
}

}  // namespace
}  // namespace cellblock
