// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Pools of several regions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr size_t kBytes = 64 * 1024;

// Where further regions are from.
enum class Further : uint8_t { kMapped, kMalloc };

class GrowPool
    : public testing::TestWithParam<std::tuple<Discipline, Further>> {
 protected:
  static Discipline discipline() { return std::get<0>(GetParam()); }
  static Further further() { return std::get<1>(GetParam()); }

  static PoolOptions Options() {
    return {.discipline = discipline(), .slots = 1000};
  }

  static Result<Region> MakeRegion(size_t bytes) {
    return further() == Further::kMapped ? Region::Map({.bytes = bytes})
                                         : Dirtied(MallocRegion(bytes));
  }

  // What the pool has gained by it.
  static size_t Grow(HeapPrealloc& pool, size_t bytes) {
    const size_t before = pool.stats().pool_bytes;
    EXPECT_EQ(pool.Grow(MakeRegion(bytes)), kOk);
    EXPECT_TRUE(IsSound(pool));
    return pool.stats().pool_bytes - before;
  }
};

std::string GrowName(const testing::TestParamInfo<GrowPool::ParamType>& info) {
  const auto [discipline, further] = info.param;
  return std::string(discipline == Discipline::kFirstFit ? "FirstFit"
                                                         : "Coalescing") +
         (further == Further::kMapped ? "Mapped" : "Malloc");
}

INSTANTIATE_TEST_SUITE_P(Every, GrowPool,
                         testing::Combine(kDisciplines,
                                          testing::Values(Further::kMapped,
                                                          Further::kMalloc)),
                         GrowName);

TEST_P(GrowPool, SeedParity_Row22_BeforeUse) {
  HeapPrealloc pool = MakePool(kBytes, Options());
  const size_t gained = Grow(pool, 2 * kBytes);
  EXPECT_GE(gained, kBytes);
  EXPECT_EQ(pool.stats().pool_bytes, kBytes + gained);
  EXPECT_EQ(pool.FreeBytes(), kBytes + gained);
  EXPECT_EQ(pool.LargestFree(), gained);
  // No cell spans two regions.
  EXPECT_FALSE(pool.AllocCell<uint8_t>(gained + 1));
  Cell<uint8_t> large = pool.AllocCell<uint8_t>(gained);
  Cell<uint8_t> small = pool.AllocCell<uint8_t>(kBytes);
  ASSERT_TRUE(large && small);
  EXPECT_TRUE(IsAll(large.data(), 0, gained));
  EXPECT_TRUE(IsAll(small.data(), 0, kBytes));
  std::memset(large.data(), 0xEE, gained);
  std::memset(small.data(), 0xDD, kBytes);
  EXPECT_FALSE(pool.AllocCell<uint8_t>(1));
  EXPECT_TRUE(IsSound(pool)) << "the cells overlap a table";
  EXPECT_TRUE(IsAll(large.data(), 0xEE, gained));
  FreeIn(pool, large);
  FreeIn(pool, small);
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(GrowPool, SeedParity_Row22_WhenExhausted) {
  HeapPrealloc pool = MakePool(kBytes, Options());
  std::vector<Cell<uint8_t>> cells;
  cells.push_back(pool.AllocCell<uint8_t>(kBytes));
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(cells.back());
    EXPECT_TRUE(IsAll(cells.back().data(), 0, cells.back().size()));
    std::memset(cells.back().data(), 0xEE, cells.back().size());
    EXPECT_FALSE(pool.AllocCell<uint8_t>(1));
    cells.push_back(pool.AllocCell<uint8_t>(Grow(pool, kBytes)));
  }
  EXPECT_EQ(pool.FreeBytes(), 0u);
  cells.clear();
  EXPECT_TRUE(IsWhole(pool));
  EXPECT_EQ(pool.FreeBytes(), pool.stats().pool_bytes);
}

TEST_P(GrowPool, CellsOfEveryRegionKeepWhatTheyHold) {
  HeapPrealloc pool = MakePool(kBytes, Options());
  Random random(TestSeed());
  std::vector<Cell<uint8_t>> cells(100);
  for (int step = 0; step < 20'000; ++step) {
    if (step % 4'000 == 1'000) Grow(pool, kBytes / 2);
    Cell<uint8_t>& cell = cells[random.Below(100)];
    if (cell) {
      ASSERT_TRUE(IsAll(cell.data(), cell[0], cell.size())) << "step " << step;
    }
    cell = pool.AllocCell<uint8_t>(random.LogUniform(12));
    if (!cell) continue;
    ASSERT_TRUE(IsAll(cell.data(), 0, cell.size())) << "step " << step;
    std::memset(cell.data(), 1 + step % 255, cell.size());
    if (step % 1'000 == 0) {
      ASSERT_TRUE(IsSound(pool)) << "step " << step;
    }
  }
  cells.clear();
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(GrowPool, FillAndScrubHoldInEveryRegion) {
  PaintCount painted;
  PoolOptions options = Options();
  options.fill = Fill::kFunction;
  options.fill_function = PaintBlock;
  options.fill_context = &painted;
  options.scrub = Scrub::kOnFree;
  HeapPrealloc pool = MakePool(kBytes, options);
  const Cell<uint8_t> first = pool.AllocCell<uint8_t>(kBytes);
  const size_t gained = Grow(pool, kBytes);
  Cell<uint8_t> second = pool.AllocCell<uint8_t>(gained);
  ASSERT_TRUE(second);
  EXPECT_TRUE(IsAll(second.data(), kPaint, gained));
  EXPECT_EQ(painted.bytes, kBytes + gained);
  const uint8_t* const where = second.data();
  FreeIn(pool, second);
  EXPECT_TRUE(IsAll(where, 0, gained));
}

TEST_P(GrowPool, ErrorsLeaveThePoolAsItWas) {
  uint8_t buffer[64];
  HeapPrealloc pool = MakePool(kBytes, Options());
  EXPECT_EQ(pool.Grow(Region::Map({.bytes = 0})), AllocatorError::kZeroBytes);
  EXPECT_EQ(pool.Grow(Region()), AllocatorError::kZeroBytes);
  EXPECT_EQ(pool.Grow(Region::Map({.bytes = size_t{1} << 60})),
            AllocatorError::kMapFailed);
  EXPECT_EQ(pool.Grow(Region::From({.acquire = AcquireNothing}, 4096)),
            AllocatorError::kSourceFailed);
  EXPECT_EQ(pool.Grow(Region::Borrow(buffer, sizeof(buffer))),
            AllocatorError::kTooSmall);
  EXPECT_EQ(pool.stats().pool_bytes, kBytes);
  EXPECT_TRUE(pool.AllocCell<uint8_t>(kBytes));
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(GrowPool, EveryBufferSizeAndAddressStaysWithinTheBuffer) {
  std::vector<uint8_t> memory(4096);
  size_t smallest = SIZE_MAX;
  for (size_t bytes = 1; bytes < 2000; bytes += 7) {
    for (size_t offset : {0, 1, 8, 15, 16}) {
      std::fill(memory.begin(), memory.end(), 0xA5);
      uint8_t* const buffer = &memory[64 + offset];
      HeapPrealloc pool = MakePool(4096, Options());
      const Cell<uint8_t> first = pool.AllocCell<uint8_t>(4096);
      const AllocatorError error = pool.Grow(Region::Borrow(buffer, bytes));
      if (error != kOk) {
        ASSERT_EQ(error, AllocatorError::kTooSmall);
        ASSERT_LT(bytes, 700u);
        continue;
      }
      smallest = std::min(smallest, bytes);
      const size_t gained = pool.stats().pool_bytes - 4096;
      Cell<uint8_t> all = pool.AllocCell<uint8_t>(gained);
      ASSERT_TRUE(all);
      std::memset(all.data(), 0xFF, gained);
      ASSERT_TRUE(IsSound(pool)) << "the pool overlaps its table";
      ASSERT_TRUE(IsAll(memory.data(), 0xA5, 64 + offset));
      ASSERT_TRUE(IsAll(buffer + bytes, 0xA5, 4096 - bytes - 64 - offset));
    }
  }
  EXPECT_LT(smallest, 700u);
}

TEST_P(GrowPool, AMoveTakesAllRegionsAlong) {
  HeapPrealloc pool = MakePool(kBytes, Options());
  Grow(pool, kBytes);
  Grow(pool, kBytes);
  const uint64_t bytes = pool.stats().pool_bytes;
  Cell<uint8_t> cell = pool.AllocCell<uint8_t>(100);
  HeapPrealloc moved = std::move(pool);
  EXPECT_EQ(moved.stats().pool_bytes, bytes);
  HeapPrealloc other = MakePool(kBytes, Options());
  Grow(other, kBytes);
  other = std::move(moved);
  EXPECT_EQ(other.stats().pool_bytes, bytes);
  EXPECT_TRUE(IsAll(cell.data(), 0, 100));
  FreeIn(other, cell);
  EXPECT_TRUE(IsWhole(other));
}

TEST(GrowPoolTest, RegionsAreLookedThroughInTheirOrder) {
  HeapPrealloc pool = MakePool(4096);
  ASSERT_EQ(pool.Grow(Region::Map({.bytes = 4096})), kOk);
  ASSERT_EQ(pool.Grow(Region::Map({.bytes = 4096})), kOk);
  Cell<uint8_t> first = pool.AllocCell<uint8_t>(4096);
  Cell<uint8_t> second = pool.AllocCell<uint8_t>(4096);
  const uint8_t* const places[] = {first.data(), second.data()};
  FreeIn(pool, second);
  FreeIn(pool, first);
  const Cell<uint8_t> again[] = {pool.AllocCell<uint8_t>(4096),
                                 pool.AllocCell<uint8_t>(4096),
                                 pool.AllocCell<uint8_t>(4096)};
  EXPECT_EQ(again[0].data(), places[0]);
  EXPECT_EQ(again[1].data(), places[1]);
  EXPECT_TRUE(again[2]);
}

TEST(GrowPoolTest, WithFirstFitARegionIsABlockJustFreed) {
  HeapPrealloc pool = MakePoolOf<uint8_t>(Discipline::kFirstFit, 4096);
  const Cell<uint8_t> first = pool.AllocCell<uint8_t>(1000);
  ASSERT_EQ(pool.Grow(Region::Map({.bytes = 4096})), kOk);
  const Cell<uint8_t> second = pool.AllocCell<uint8_t>(1000);
  EXPECT_NE(second.data(), first.data() + 1000);
  // Full slots forget the shorter of two.
  Result<HeapPrealloc> one_slot =
      HeapPrealloc::Create(Region::Map({.bytes = 4096}),
                           {.discipline = Discipline::kFirstFit, .slots = 1});
  ASSERT_TRUE(one_slot.ok());
  ASSERT_EQ(one_slot->Grow(Region::Map({.bytes = 8192})), kOk);
  EXPECT_EQ(one_slot->stats().lost_bytes, 4096u);
  EXPECT_EQ(one_slot->FreeBytes(), 8192u);
  EXPECT_TRUE(IsSound(*one_slot));
}

// What a mapping that is added is committed as, its table is too.
TEST(GrowPoolTest, EveryCommitServes) {
  HeapPrealloc pool = MakePool(4096);
  std::vector<Cell<uint8_t>> cells;
  for (Commit commit : {Commit::kLazy, Commit::kPopulate, Commit::kLock}) {
    ASSERT_EQ(pool.Grow(Region::Map({.bytes = kBytes, .commit = commit})), kOk);
    Cell<uint8_t> cell = pool.AllocCell<uint8_t>(kBytes);
    ASSERT_TRUE(cell);
    std::memset(cell.data(), 0xFF, kBytes);
    cells.push_back(std::move(cell));
  }
  EXPECT_TRUE(IsSound(pool));
}

// Given twice, a region was linked to itself, and its blocks handed out twice.
TEST_P(GrowPool, MemoryThatThePoolHasIsRefused) {
  alignas(64) static uint8_t memory[4 * kBytes];
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Borrow(memory, kBytes), Options());
  ASSERT_TRUE(pool.ok());
  ASSERT_EQ(pool->Grow(Region::Borrow(memory + kBytes, kBytes)), kOk);
  const size_t pool_bytes = pool->stats().pool_bytes;
  for (const size_t start : {size_t{0}, kBytes - 1, kBytes, 2 * kBytes - 1}) {
    EXPECT_EQ(pool->Grow(Region::Borrow(memory + start, 2 * kBytes)),
              AllocatorError::kOverlap)
        << start;
  }
  EXPECT_EQ(pool->stats().pool_bytes, pool_bytes);
  EXPECT_TRUE(IsSound(*pool));
  EXPECT_EQ(pool->Grow(Region::Borrow(memory + 2 * kBytes, kBytes)), kOk);
}

}  // namespace
}  // namespace cellblock
