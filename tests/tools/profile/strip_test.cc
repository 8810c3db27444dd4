// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/strip.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace cellblock {
namespace {

constexpr uintptr_t kPool = 0x700000000000;

TEST(StripTest, CellsAreWholePagesAndAtMost512) {
  for (const size_t pool : {size_t{4096}, size_t{65536}, size_t{2} << 20,
                            (size_t{2} << 20) + 4096, size_t{64} << 30}) {
    Strip strip = {};
    strip.Lay(kPool, pool);
    EXPECT_LE(strip.count, Strip::kMostCells);
    EXPECT_EQ(strip.cell_bytes % Strip::kPage, 0u);
    EXPECT_GE(strip.count * strip.cell_bytes, pool);
    EXPECT_LT((strip.count - 1) * strip.cell_bytes, pool);
  }
}

TEST(StripTest, ABlockIsCountedInEachCellThatItTouches) {
  Strip strip = {};
  strip.Lay(kPool, 4 * 4096);
  strip.Take(kPool + 4000, 4096 + 200, 0);
  EXPECT_EQ(strip.cells[0].now, 96u);
  EXPECT_EQ(strip.cells[1].now, 4096u);
  EXPECT_EQ(strip.cells[2].now, 104u);
  strip.Release(kPool + 4000, 4096 + 200, 0);
  for (const Strip::Cell& cell : strip.cells) EXPECT_EQ(cell.now, 0u);
}

TEST(StripTest, WhatIsNotInThePoolIsNotCounted) {
  Strip strip = {};
  strip.Lay(kPool, 4 * 4096);
  strip.Take(kPool - 4096, 4096, 0);
  strip.Take(kPool + 4 * 4096, 4096, 0);
  strip.Release(kPool, 4096, 0);
  for (const Strip::Cell& cell : strip.cells) EXPECT_EQ(cell.now, 0u);
}

// Against a copy of all cells at each peak.
TEST(StripTest, WhatWasAtThePeakIsKeptWithoutACopy) {
  Strip strip = {};
  strip.Lay(kPool, 64 * 4096);
  std::mt19937 random(7);
  std::map<uintptr_t, size_t> live;
  std::vector<uint64_t> at_peak(strip.count);
  uint64_t in_use = 0;
  uint64_t most = 0;
  uint64_t peak = 0;
  for (int step = 0; step < 20000; ++step) {
    const uintptr_t begin = kPool + random() % (60 * 16) * 256;
    if (const auto found = live.find(begin); found != live.end()) {
      strip.Release(begin, found->second, peak);
      in_use -= found->second;
      live.erase(found);
      continue;
    }
    const size_t bytes = 1 + random() % 8192;
    strip.Take(begin, bytes, peak);
    live[begin] = bytes;
    in_use += bytes;
    if (in_use > most) {
      most = in_use;
      ++peak;
      for (size_t i = 0; i < strip.count; ++i) at_peak[i] = strip.cells[i].now;
    }
  }
  ASSERT_GT(peak, 10u);
  uint64_t sum = 0;
  for (size_t i = 0; i < strip.count; ++i) {
    EXPECT_EQ(Strip::AtPeak(strip.cells[i], peak), at_peak[i]) << i;
    sum += Strip::AtPeak(strip.cells[i], peak);
  }
  EXPECT_EQ(sum, most);
}

}  // namespace
}  // namespace cellblock
