// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/cell_cache.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "allocator/heap_prealloc.h"
#include "allocator/plain_heap.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

using Cache = CellCache<HeapPrealloc, int>;

template <typename C, typename T>
concept CanFree = requires(C& cache, Cell<T> cell) {
  cache.FreeCell(std::move(cell));
};
static_assert(CanFree<Cache, int>);
static_assert(!CanFree<Cache, char>);
static_assert(!std::is_copy_constructible_v<Cache>);

class CellCacheTest : public testing::TestWithParam<Discipline> {
 protected:
  CellCacheTest() : pool_(MakePoolOf<int>(GetParam(), 64 * kKiB)) {}

  // Frees a cell of `count` elements into the cache; where it was.
  const int* FreeOne(Cache& cache, size_t count) {
    Cell<int> cell = pool_.AllocCell<int>(count);
    EXPECT_TRUE(cell);
    const int* const at = cell.data();
    cache.FreeCell(std::move(cell));
    EXPECT_TRUE(IsSound(pool_));
    return at;
  }

  HeapPrealloc pool_;
};

TEST_P(CellCacheTest, SeedParity_Row50_TheBlockComesBackAsAPrefixView) {
  {
    Cache cache(pool_);
    const int* const at = FreeOne(cache, 1000);
    EXPECT_EQ(cache.kept(), 1000u);
    EXPECT_EQ(pool_.stats().frees, 0u) << "it is still in use";
    for (size_t count : {1000, 600, 1, 999}) {
      Cell<int> cell = cache.AllocCell(count);
      EXPECT_EQ(cell.data(), at);
      EXPECT_EQ(cell.size(), count);
      EXPECT_EQ(cell.block_size(), 1000u);
      EXPECT_EQ(cache.kept(), 0u) << "it is handed out once";
      cache.FreeCell(std::move(cell));
      EXPECT_EQ(cache.kept(), 1000u) << "and comes back whole";
    }
    EXPECT_EQ(pool_.stats().allocations, 1u);
  }
  EXPECT_TRUE(IsWhole(pool_));
}

TEST_P(CellCacheTest, SeedParity_Row50_TheLargestIsKept) {
  Cache cache(pool_);
  Cell<int> small = cache.AllocCell(100);
  Cell<int> large = cache.AllocCell(1000);
  Cell<int> middle = cache.AllocCell(500);
  const int* const at = large.data();
  cache.FreeCell(std::move(small));
  EXPECT_EQ(cache.kept(), 100u);
  cache.FreeCell(std::move(large));
  EXPECT_EQ(cache.kept(), 1000u);
  EXPECT_EQ(pool_.stats().frees, 1u) << "the small one went back";
  cache.FreeCell(std::move(middle));
  EXPECT_EQ(cache.kept(), 1000u);
  EXPECT_EQ(pool_.stats().frees, 2u) << "the middle one went back";
  EXPECT_EQ(cache.AllocCell(1000).data(), at);
  EXPECT_TRUE(IsSound(pool_));
}

TEST_P(CellCacheTest, SeedParity_Row50_ANarrowedCellCountsWithItsWholeBlock) {
  Cache cache(pool_);
  Cell<int> large = cache.AllocCell(1000);
  FreeOne(cache, 500);
  large.Narrow(0);
  cache.FreeCell(std::move(large));
  EXPECT_EQ(cache.kept(), 1000u);
}

TEST_P(CellCacheTest, OfTwoOfASizeTheFirstIsKept) {
  Cache cache(pool_);
  Cell<int> first = cache.AllocCell(100);
  Cell<int> second = cache.AllocCell(100);
  const int* const at = first.data();
  cache.FreeCell(std::move(first));
  cache.FreeCell(std::move(second));
  EXPECT_EQ(pool_.stats().frees, 1u);
  EXPECT_EQ(cache.AllocCell(100).data(), at);
}

TEST_P(CellCacheTest, ALongerOneIsAskedForUnderneath) {
  Cache cache(pool_);
  const int* const at = FreeOne(cache, 100);
  const Cell<int> cell = cache.AllocCell(101);
  ASSERT_TRUE(cell);
  EXPECT_NE(cell.data(), at);
  EXPECT_EQ(cache.kept(), 100u) << "what is too short stays";
}

TEST_P(CellCacheTest, NoElementsLeaveTheBlockWhereItIs) {
  Cache cache(pool_);
  FreeOne(cache, 100);
  EXPECT_FALSE(cache.AllocCell(0));
  cache.FreeCell(pool_.AllocCell<int>(0));
  EXPECT_EQ(cache.kept(), 100u);
}

TEST_P(CellCacheTest, ADroppedCellGoesPastTheCache) {
  Cache cache(pool_);
  { const Cell<int> cell = cache.AllocCell(100); }
  EXPECT_EQ(cache.kept(), 0u);
  FreeOne(cache, 200);
  { const Cell<int> cell = cache.AllocCell(100); }
  EXPECT_EQ(cache.kept(), 0u);
  EXPECT_TRUE(IsWhole(pool_));
}

TEST_P(CellCacheTest, ClearGivesTheBlockBack) {
  Cache cache(pool_);
  cache.Clear();
  FreeOne(cache, 100);
  cache.Clear();
  EXPECT_EQ(cache.kept(), 0u);
  EXPECT_TRUE(IsWhole(pool_));
  FreeOne(cache, 50);
  EXPECT_EQ(cache.kept(), 50u);
}

TEST_P(CellCacheTest, WhatIsKeptDoesNotMakeThePoolExhausted) {
  Cache cache(pool_);
  const size_t all = pool_.stats().pool_bytes / sizeof(int);
  FreeOne(cache, all / 2);
  EXPECT_FALSE(pool_.AllocCell<int>(all)) << "the cache is in the way";
  const Cell<int> cell = cache.AllocCell(all / 2 + 1);
  if (GetParam() == Discipline::kCoalescing) {
    EXPECT_TRUE(cell);
  } else {
    EXPECT_FALSE(cell) << "first fit merges nothing";
  }
  EXPECT_EQ(cache.kept(), 0u);
  EXPECT_TRUE(IsSound(pool_));
}

TEST_P(CellCacheTest, ARefusalIsThatOfThePool) {
  Cache cache(pool_);
  FreeOne(cache, 100);
  EXPECT_FALSE(cache.AllocCell(64 * kKiB));
  EXPECT_EQ(pool_.last_error(), AllocatorError::kExhausted);
  EXPECT_TRUE(IsWhole(pool_));
}

TEST_P(CellCacheTest, ZeroedClearsWhatIsAskedForAndNoMore) {
  Cache cache(pool_);
  Cell<int> cell = cache.AllocCell(100);
  std::memset(cell.data(), 0xEE, 400);
  cache.FreeCell(std::move(cell));
  cell = cache.AllocCell(60);
  EXPECT_TRUE(IsAll(cell.data(), 0, 240));
  cell.Narrow(100);
  EXPECT_TRUE(IsAll(cell.data() + 60, 0xEE, 160));
}

TEST_P(CellCacheTest, UninitializedComesBackAsItWasFreed) {
  CellCache<HeapPrealloc, int, Fill::kUninitialized> cache(pool_);
  Cell<int> cell = cache.AllocCell(100);
  EXPECT_TRUE(IsAll(cell.data(), 0, 400)) << "that is the pool's promise";
  std::memset(cell.data(), 0xEE, 400);
  cache.FreeCell(std::move(cell));
  EXPECT_TRUE(IsAll(cache.AllocCell(100).data(), 0xEE, 400));
}

// Buffers that grow and shrink, as a decoder's: nothing overlaps, all is zero
// when it is handed out, and all has gone back in the end.
TEST_P(CellCacheTest, RandomLoadIsServedAndNothingIsLeft) {
  Random random(TestSeed());
  size_t served = 0;
  {
    Cache cache(pool_);
    Cell<int> live[4];
    for (uint32_t step = 0; step < 4000; ++step) {
      const uint32_t slot = random.Below(4);
      const int paint = static_cast<int>(slot + 1);
      for (const int value : live[slot]) ASSERT_EQ(value, paint);
      if (random.OneIn(8)) {
        live[slot] = Cell<int>();
      } else {
        if (live[slot]) cache.FreeCell(std::move(live[slot]));
        const size_t count = random.LogUniform(11);
        live[slot] = cache.AllocCell(count);
        if (live[slot]) {
          ++served;
          live[slot].Narrow(count);
          ASSERT_TRUE(IsAll(live[slot].data(), 0, count * sizeof(int)));
          for (int& value : live[slot]) value = paint;
        }
      }
      ASSERT_TRUE(IsSound(pool_));
    }
  }
  EXPECT_GT(served, 2000u);
  EXPECT_LT(pool_.stats().allocations, served) << "the cache served some";
  EXPECT_EQ(pool_.stats().in_use_bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(Disciplines, CellCacheTest, kDisciplines,
                         DisciplineName);

TEST(CellCacheOverOthersTest, SeedParity_Row50_OverAHeapAndOverACache) {
  PlainHeap heap;
  CellCache<PlainHeap, double> cache(heap);
  CellCache<CellCache<PlainHeap, double>, double> upper(cache);
  Cell<double> a = upper.AllocCell(10);
  Cell<double> b = upper.AllocCell(20);
  upper.FreeCell(std::move(a));
  upper.FreeCell(std::move(b));
  EXPECT_EQ(upper.kept(), 20u);
  EXPECT_EQ(cache.kept(), 10u) << "the smaller went one down";
  const Cell<double> large = upper.AllocCell(15);
  const Cell<double> small = upper.AllocCell(5);
  EXPECT_EQ(large.block_size(), 20u);
  EXPECT_EQ(small.block_size(), 10u);
}

using CellCacheDeathTest = CellCacheTest;

TEST_P(CellCacheDeathTest, ACellFreedTwiceIsReported) {
  Cache cache(pool_);
  Cell<int> cell = cache.AllocCell(10);
  FreeIn(cache, cell);
  EXPECT_EXIT(FreeIn(cache, cell), testing::KilledBySignal(SIGABRT),
              "^cellblock: double free of a cell: ");
}

TEST_P(CellCacheDeathTest, ACellOfAnotherPoolIsReportedWhenItGoesBack) {
  HeapPrealloc other = MakePoolOf<int>(GetParam(), 64 * kKiB);
  const auto free_foreign = [&] {
    Cache cache(pool_);
    cache.FreeCell(other.AllocCell<int>(10));
  };
  EXPECT_EXIT(free_foreign(), testing::KilledBySignal(SIGABRT),
              "^cellblock: foreign free of 0x[0-9a-f]+: ");
}

INSTANTIATE_TEST_SUITE_P(Disciplines, CellCacheDeathTest, kDisciplines,
                         DisciplineName);

}  // namespace
}  // namespace cellblock
