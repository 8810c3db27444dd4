// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The ancestor's mixed load on pools of 16 MiB, of which at most half is live.
// Under its own discipline it dies where the ancestor does; under the other it
// goes on for ever.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "tests/allocator/golden_rows.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPoolBytes = 16 << 20;
constexpr int kForever = 400'000;
constexpr int kValidateEvery = 50'000;

class GoldenLoad {
 public:
  GoldenLoad(HeapPrealloc* pool, Fill fill, uint64_t seed)
      : pool_(*pool), fill_(fill), random_(seed) {}

  // One step; false iff the pool refused.
  bool Step() {
    const uint64_t r = random_.Next();
    if (used_ < kPoolBytes / 2 && (r % 100 < 55 || live_.empty())) {
      const uint64_t e = 4 + random_.Next() % 10;
      const size_t bytes = (size_t{1} << e) + random_.Next() % (1u << e);
      Cell<uint8_t> cell = pool_.AllocCell<uint8_t>(bytes);
      if (!cell) return false;
      EXPECT_GE(cell.size(), bytes);
      EXPECT_TRUE(fill_ != Fill::kZeroed || IsAll(cell.data(), 0, cell.size()));
      for (size_t at : {size_t{0}, cell.size() / 2, cell.size() - 1}) {
        cell[at] = kDirt;
      }
      used_ += cell.size();
      live_.push_back(std::move(cell));
    } else if (!live_.empty()) {
      const size_t k = random_.Next() % live_.size();
      std::swap(live_[k], live_.back());
      used_ -= live_.back().size();
      EXPECT_EQ(live_.back()[0], kDirt);
      pool_.FreeCell(std::move(live_.back()));
      live_.pop_back();
    }
    return true;
  }

  uint64_t used() const { return used_; }
  size_t live() const { return live_.size(); }

 private:
  HeapPrealloc& pool_;
  Fill fill_;
  Random random_;
  std::vector<Cell<uint8_t>> live_;
  uint64_t used_ = 0;
};

class GoldenDeath : public testing::TestWithParam<std::tuple<GoldenRow, Fill>> {
};

TEST_P(GoldenDeath, SeedParity_Row15_APoolDiesWhereTheAncestorDoes) {
  const auto [death, fill] = GetParam();
  Result<HeapPrealloc> pool = HeapPrealloc::Create(
      Region::Map({.bytes = kPoolBytes}), {.fill = fill,
                                           .discipline = Discipline::kFirstFit,
                                           .slots = death.slots});
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  ASSERT_EQ(pool->stats().pool_bytes, kPoolBytes);
  GoldenLoad load(&*pool, fill, death.seed);
  int steps = 1;
  while (load.Step()) {
    ASSERT_LE(++steps, 50'000) << "it should have died";
  }
  EXPECT_EQ(steps, death.steps);
  EXPECT_EQ(load.used(), death.live);
  EXPECT_EQ(pool->stats().in_use_bytes, death.live);
  EXPECT_EQ(pool->FreeBytes(), death.free);
  EXPECT_EQ(pool->stats().lost_bytes, death.lost);
  EXPECT_EQ(pool->stats().exhausted, 1u);
  EXPECT_EQ(pool->Validate().broken, nullptr);
}

const char* FillName(Fill fill) {
  return fill == Fill::kZeroed ? "Zeroed" : "Uninitialized";
}

std::string DeathName(
    const testing::TestParamInfo<GoldenDeath::ParamType>& info) {
  const auto [death, fill] = info.param;
  return std::to_string(death.slots) + "SlotsSeed" +
         std::to_string(death.seed) + FillName(fill);
}

INSTANTIATE_TEST_SUITE_P(
    AllTwelve, GoldenDeath,
    testing::Combine(testing::ValuesIn(kGoldenRows),
                     testing::Values(Fill::kZeroed, Fill::kUninitialized)),
    DeathName);

class GoldenLife
    : public testing::TestWithParam<std::tuple<Source, Fill, uint64_t>> {};

TEST_P(GoldenLife, SeedParity_Row26_400000StepsWithoutAFailure) {
  const auto [source, fill, seed] = GetParam();
  // Of just 16 MiB either way; the pages of the one are zero, those of the
  // other are not.
  Result<HeapPrealloc> pool =
      source == Source::kMapLazy
          ? HeapPrealloc::Create(Region::Map({.bytes = kPoolBytes}),
                                 {.fill = fill})
          : HeapPrealloc::Create(Dirtied(MallocRegion(kPoolBytes)),
                                 CallocRegion(kPoolBytes / 2), {.fill = fill});
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  const HeapStats& stats = pool->stats();
  ASSERT_LE(stats.pool_bytes, kPoolBytes);
  {
    GoldenLoad load(&*pool, fill, seed);
    for (int step = 1; step <= kForever; ++step) {
      ASSERT_TRUE(load.Step()) << "step " << step;
      if (step % kValidateEvery != 0) continue;
      ASSERT_TRUE(pool->Validate().ok()) << "step " << step;
      // Each cell takes less than a unit more than was asked for.
      ASSERT_LE(stats.in_use_bytes - load.used(),
                load.live() * stats.unit_bytes);
    }
    EXPECT_GT(stats.peak_bytes, kPoolBytes / 2);
  }
  EXPECT_EQ(stats.exhausted, 0u);
  EXPECT_EQ(stats.lost_bytes, 0u);
  EXPECT_EQ(stats.in_use_bytes, 0u);
  EXPECT_EQ(pool->LargestFree(), stats.pool_bytes);
  EXPECT_TRUE(pool->Validate().ok());
}

std::string LifeName(
    const testing::TestParamInfo<GoldenLife::ParamType>& info) {
  const auto [source, fill, seed] = info.param;
  return std::string(source == Source::kMapLazy ? "Map" : "TableApart") +
         FillName(fill) + "Seed" + std::to_string(seed);
}

INSTANTIATE_TEST_SUITE_P(
    Every, GoldenLife,
    testing::Combine(testing::Values(Source::kMapLazy, Source::kTableApart),
                     testing::Values(Fill::kZeroed, Fill::kUninitialized),
                     testing::Values(0, 1, 2, 3)),
    LifeName);

}  // namespace
}  // namespace cellblock
