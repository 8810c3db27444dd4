// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/live_blocks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>

namespace cellblock {
namespace {

std::unique_ptr<LiveBlocks> Empty() { return std::make_unique<LiveBlocks>(); }

TEST(LiveBlocksTest, ABlockIsFoundUntilItEnds) {
  const auto live = Empty();
  EXPECT_EQ(live->Find(4096), nullptr);
  SampledBlock* const block = live->Add(4096, 10, 100, 0);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(live->Find(4096), block);
  EXPECT_EQ(live->Find(4112), nullptr);
  live->End(block, 0);
  EXPECT_EQ(live->Find(4096), nullptr);
}

TEST(LiveBlocksTest, APlaceIsUsedAgainWhenNoPeakNeedsIt) {
  const auto live = Empty();
  for (uint32_t i = 0; i < LiveBlocks::kMost; ++i) {
    ASSERT_NE(live->Add(16 * (i + 1), 16, 16, 0), nullptr);
  }
  EXPECT_EQ(live->Add(1, 1, 1, 1), nullptr);
  // Ends after peak 1, at which it was live.
  live->End(live->Find(16), 1);
  EXPECT_EQ(live->Add(1, 1, 1, 1), nullptr);
  // Nobody asks for peak 1 any more.
  EXPECT_NE(live->Add(1, 1, 1, 2), nullptr);
}

// Against a copy of the set at each peak.
TEST(LiveBlocksTest, WhatWasLiveAtThePeakIsKeptWithoutACopy) {
  const auto live = Empty();
  std::mt19937 random(11);
  std::set<uintptr_t> now;
  std::set<uintptr_t> at_peak;
  uint64_t peak = 0;
  for (int step = 0; step < 50000; ++step) {
    const uintptr_t begin = 16 * (1 + random() % 3000);
    if (now.erase(begin) != 0) {
      live->End(live->Find(begin), peak);
      continue;
    }
    ASSERT_NE(live->Add(begin, 16, 16, peak), nullptr);
    now.insert(begin);
    if (now.size() > at_peak.size()) {
      at_peak = now;
      ++peak;
    }
  }
  ASSERT_GT(peak, 100u);
  std::set<uintptr_t> found;
  for (const SampledBlock& block : live->blocks) {
    if (block.WasLiveAt(peak)) {
      EXPECT_TRUE(found.insert(block.begin).second);
    }
  }
  EXPECT_EQ(found, at_peak);
}

TEST(LiveBlocksTest, AllInARangeAreVisited) {
  const auto live = Empty();
  for (uintptr_t begin = 4096; begin <= 10 * 4096; begin += 4096) {
    ASSERT_NE(live->Add(begin, 4096, 4096, 0), nullptr);
  }
  std::set<uintptr_t> found;
  live->ForEachIn(2 * 4096 + 1, 2 * 4096,
                  [&](SampledBlock* block) { found.insert(block->begin); });
  EXPECT_EQ(found, (std::set<uintptr_t>{2 * 4096, 3 * 4096, 4 * 4096}));
}

// What a program writes over it may make it wrong, and no more.
TEST(LiveBlocksTest, ForgedIndicesLeadToPlacesThatThereAre) {
  const auto live = Empty();
  for (uint32_t& list : live->lists) list = UINT32_MAX - 5;
  EXPECT_EQ(live->Find(123456), nullptr);
  live->used = UINT32_MAX;
  live->look = UINT32_MAX;
  EXPECT_NE(live->Add(16, 16, 16, 0), nullptr);
  live->ForEachIn(0, UINT64_MAX, [](SampledBlock*) {});
}

}  // namespace
}  // namespace cellblock
