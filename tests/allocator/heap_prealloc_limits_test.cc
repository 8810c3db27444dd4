// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a pool counts, and what it holds its users to.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr AllocatorError kOk = AllocatorError::kNone;

class PoolFigures : public testing::TestWithParam<Discipline> {};

INSTANTIATE_TEST_SUITE_P(Disciplines, PoolFigures, kDisciplines,
                         DisciplineName);

TEST_P(PoolFigures, SeedParity_Row32_FiguresFollowEveryCall) {
  HeapPrealloc pool = MakePoolOf<char>(GetParam(), 64 * kKiB);
  const HeapStats& stats = pool.stats();
  EXPECT_EQ(stats.pool_bytes, 64 * kKiB);
  EXPECT_EQ(pool.FreeBytes(), 64 * kKiB);
  EXPECT_EQ(pool.LargestFree(), 64 * kKiB);
  Cell<char> small = pool.AllocCell<char>(1000);
  Cell<char> large = pool.AllocCell<char>(9000);
  const uint64_t unit = stats.unit_bytes;
  const uint64_t taken = (999 / unit + 1) * unit + (8999 / unit + 1) * unit;
  EXPECT_EQ(stats.in_use_bytes, taken);
  EXPECT_EQ(stats.peak_bytes, taken);
  EXPECT_EQ(stats.ever_bytes, taken);
  EXPECT_EQ(stats.NeededBytes(), taken);
  EXPECT_EQ(pool.FreeBytes(), 64 * kKiB - taken);
  EXPECT_EQ(pool.LargestFree(), 64 * kKiB - taken);
  FreeIn(pool, small);
  EXPECT_EQ(stats.in_use_bytes, taken - (999 / unit + 1) * unit);
  EXPECT_EQ(stats.peak_bytes, taken);
  small = pool.AllocCell<char>(1000);
  EXPECT_EQ(stats.ever_bytes, taken + (999 / unit + 1) * unit);
  EXPECT_EQ(stats.peak_bytes, taken);
  EXPECT_EQ(stats.NeededBytes(), taken);
  EXPECT_EQ(stats.allocations, 3u);
  EXPECT_EQ(stats.frees, 1u);
  EXPECT_EQ(stats.exhausted, 0u);
}

TEST_P(PoolFigures, ARefusalIsDescribed) {
  HeapPrealloc pool = MakePoolOf<char>(GetParam(), 64 * kKiB);
  const Cell<char> most = pool.AllocCell<char>(60 * kKiB);
  EXPECT_FALSE(pool.AllocCell<char>(8 * kKiB));
  const Exhaustion& last = pool.stats().last_exhaustion;
  EXPECT_EQ(last.asked, 8 * kKiB);
  EXPECT_EQ(last.alignment, 1u);
  EXPECT_EQ(last.in_use, 60 * kKiB);
  EXPECT_EQ(last.peak, 60 * kKiB);
  EXPECT_EQ(last.largest_free, 4 * kKiB);
  EXPECT_EQ(last.short_by, 4 * kKiB);
}

TEST_P(PoolFigures, FragmentationIsThePartOutsideTheLargestFreeBlock) {
  HeapPrealloc pool = MakePoolOf<char>(GetParam(), 64 * kKiB);
  EXPECT_EQ(pool.Fragmentation(), 0);
  Cell<char> front = pool.AllocCell<char>(16 * kKiB);
  const Cell<char> wall = pool.AllocCell<char>(kKiB);
  EXPECT_EQ(pool.Fragmentation(), 0);
  FreeIn(pool, front);
  EXPECT_NEAR(pool.Fragmentation(), 16.0 / 63, 0.01);
  const Cell<char> rest = pool.AllocCell<char>(pool.LargestFree());
  EXPECT_EQ(pool.Fragmentation(), 0);
  front = pool.AllocCell<char>(16 * kKiB);
  ASSERT_TRUE(front);
  EXPECT_EQ(pool.FreeBytes(), 0u);
  EXPECT_EQ(pool.Fragmentation(), 0);
}

TEST_P(PoolFigures, SeedParity_Row33_ANeedBeyondWhatIsFreeIsNotAdmitted) {
  HeapPrealloc pool = MakePoolOf<char>(GetParam(), 64 * kKiB);
  EXPECT_TRUE(pool.Admit(0).ok());
  EXPECT_TRUE(pool.Admit(64 * kKiB).ok());
  EXPECT_EQ(pool.Admit(64 * kKiB).short_by, 0u);
  const Admission beyond = pool.Admit(64 * kKiB + 1);
  EXPECT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error, AllocatorError::kExhausted);
  EXPECT_EQ(beyond.short_by, 1u);
  EXPECT_EQ(pool.Admit(UINT64_MAX).short_by, UINT64_MAX - 64 * kKiB);
  const Cell<char> cell = pool.AllocCell<char>(16 * kKiB);
  EXPECT_TRUE(pool.Admit(48 * kKiB).ok());
  EXPECT_EQ(pool.Admit(64 * kKiB).short_by, 16 * kKiB);
  EXPECT_EQ(pool.Admit(1, 1).error, AllocatorError::kNoSuchOwner);
  // Nothing was taken or counted.
  EXPECT_EQ(pool.stats().in_use_bytes, 16 * kKiB);
  EXPECT_EQ(pool.stats().exhausted, 0u);
  EXPECT_EQ(pool.last_error(), kOk);
}

// What was lost for ever is not free.
TEST(PoolFiguresTest, SeedParity_Row33_LostBytesAreNotAdmitted) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = 4 * kKiB}),
                           {.discipline = Discipline::kFirstFit, .slots = 1});
  ASSERT_TRUE(pool.ok());
  { const Cell<char> lost = pool->AllocCell<char>(100); }
  EXPECT_EQ(pool->stats().lost_bytes, 100u);
  EXPECT_EQ(pool->FreeBytes(), 3996u);
  EXPECT_EQ(pool->Admit(4096).short_by, 100u);
}

// A pool of just the bytes that a run needed serves it again; one unit less
// does not.
TEST(PoolFiguresTest, SeedParity_Row32_ARunNeedsWhatItSays) {
  const uint64_t seed = TestSeed();
  constexpr size_t kUnit = 16;
  const auto refusals = [seed](HeapPrealloc& pool) {
    Random random(seed);
    std::vector<Cell<uint8_t>> cells(40);
    for (int step = 0; step < 3000; ++step) {
      Cell<uint8_t>& cell = cells[random.Below(40)];
      cell = Cell<uint8_t>();
      const size_t alignment = size_t{1} << random.Below(8);
      cell = pool.AllocCell<uint8_t>(random.LogUniform(12),
                                     {.alignment = alignment});
      if (pool.stats().exhausted != 0) break;
    }
    return pool.stats().exhausted;
  };
  HeapPrealloc large = MakePool(1024 * kKiB, {.unit = kUnit});
  ASSERT_EQ(refusals(large), 0u);
  const uint64_t needed = large.stats().NeededBytes();
  EXPECT_EQ(needed, large.stats().high_water_bytes);
  EXPECT_LT(needed, 1024 * kKiB);
  // From a page on, where the large pool started too.
  Result<Region> memory = Region::Map({.bytes = needed});
  ASSERT_TRUE(memory.ok());
  for (const uint64_t bytes : {needed, needed - kUnit}) {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create(Region::Borrow(memory->data(), bytes),
                             CallocRegion(1024 * kKiB), {.unit = kUnit});
    ASSERT_TRUE(pool.ok());
    EXPECT_EQ(refusals(*pool), bytes == needed ? 0u : 1u);
    // Up to its first refusal the smaller one needed just as much.
    EXPECT_EQ(pool->stats().NeededBytes(), needed);
  }
}

TEST(PoolLimitsTest, SeedParity_Row31_AnOwnersLimitIsItsOwn) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 2});
  ASSERT_EQ(pool.SetLimit(1, kKiB), kOk);
  Cell<char> first = pool.AllocCell<char>(1000, {.owner = 1});
  ASSERT_TRUE(first);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 1008u);
  EXPECT_FALSE(pool.AllocCell<char>(17, {.owner = 1}));
  EXPECT_EQ(pool.last_error(), AllocatorError::kOverLimit);
  EXPECT_EQ(pool.TryAllocCell<char>(17, {.owner = 1}).error(),
            AllocatorError::kOverLimit);
  EXPECT_EQ(pool.owner_stats(1).over_limit, 2u);
  EXPECT_EQ(pool.stats().over_limit, 2u);
  EXPECT_EQ(pool.stats().exhausted, 0u);
  const Exhaustion& last = pool.stats().last_exhaustion;
  EXPECT_EQ(last.asked, 17u);
  EXPECT_EQ(last.in_use, 1008u);
  EXPECT_EQ(last.largest_free, 16u);
  EXPECT_EQ(last.short_by, 16u);
  // To the last unit; and the others are not held to it.
  const Cell<char> unit = pool.AllocCell<char>(16, {.owner = 1});
  const Cell<char> second = pool.AllocCell<char>(30 * kKiB, {.owner = 2});
  const Cell<char> nobodys = pool.AllocCell<char>(30 * kKiB);
  EXPECT_TRUE(unit && second && nobodys);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, kKiB);
  EXPECT_EQ(pool.owner_stats(1).peak_bytes, kKiB);
  EXPECT_EQ(pool.owner_stats(2).in_use_bytes, 30 * kKiB);
  FreeIn(pool, first);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 16u);
  EXPECT_EQ(pool.owner_stats(1).peak_bytes, kKiB);
  EXPECT_TRUE(IsSound(pool));
}

TEST(PoolLimitsTest, ALimitCanBeChangedAndLeavesWhatThereIs) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 1});
  EXPECT_EQ(pool.owner_stats(1).limit_bytes, UINT64_MAX);
  Cell<char> cell = pool.AllocCell<char>(kKiB, {.owner = 1});
  ASSERT_EQ(pool.SetLimit(1, 100), kOk);
  EXPECT_EQ(pool.owner_stats(1).limit_bytes, 100u);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, kKiB);
  EXPECT_FALSE(pool.AllocCell<char>(1, {.owner = 1}));
  FreeIn(pool, cell);
  EXPECT_TRUE(pool.AllocCell<char>(90, {.owner = 1}));
  EXPECT_FALSE(pool.AllocCell<char>(100, {.owner = 1}))
      << "112 are whole units";
  ASSERT_EQ(pool.SetLimit(1, 0), kOk);
  EXPECT_FALSE(pool.AllocCell<char>(1, {.owner = 1}));
}

TEST(PoolLimitsTest, WhoIsNoOwnerIsRefused) {
  HeapPrealloc pool = MakePool(4 * kKiB, {.owners = 2});
  HeapPrealloc none = MakePool(4 * kKiB);
  HeapPrealloc first_fit = MakePoolOf<char>(Discipline::kFirstFit, 4 * kKiB);
  for (HeapPrealloc* where : {&pool, &none, &first_fit}) {
    EXPECT_FALSE(where->AllocCell<char>(1, {.owner = 3}));
    EXPECT_EQ(where->last_error(), AllocatorError::kNoSuchOwner);
    EXPECT_EQ(where->SetLimit(3, 1), AllocatorError::kNoSuchOwner);
    EXPECT_EQ(where->SetLimit(kNoOwner, 1), AllocatorError::kNoSuchOwner);
    EXPECT_EQ(where->owner_stats(3).limit_bytes, 0u);
    EXPECT_EQ(where->owner_stats(kNoOwner).limit_bytes, 0u);
    EXPECT_EQ(where->Admit(1, 3).error, AllocatorError::kNoSuchOwner);
    EXPECT_EQ(where->stats().exhausted + where->stats().over_limit, 0u);
  }
}

TEST(PoolLimitsTest, SeedParity_Row33_ANeedBeyondTheOwnersLimitIsNotAdmitted) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 1});
  EXPECT_TRUE(pool.Admit(64 * kKiB, 1).ok());
  ASSERT_EQ(pool.SetLimit(1, 10 * kKiB), kOk);
  const Cell<char> cell = pool.AllocCell<char>(4 * kKiB, {.owner = 1});
  EXPECT_TRUE(pool.Admit(6 * kKiB, 1).ok());
  const Admission beyond = pool.Admit(6 * kKiB + 1, 1);
  EXPECT_EQ(beyond.error, AllocatorError::kOverLimit);
  EXPECT_EQ(beyond.short_by, 1u);
  // Where both forbid it, the pool is named.
  EXPECT_EQ(pool.Admit(61 * kKiB, 1).error, AllocatorError::kExhausted);
  ASSERT_EQ(pool.SetLimit(1, kKiB), kOk);
  EXPECT_EQ(pool.Admit(1, 1).short_by, 1u);
  EXPECT_EQ(pool.owner_stats(1).over_limit, 0u);
}

// Each worker learns of its own exhaustion, and of nobody else's.
TEST(PoolLimitsTest, SeedParity_Row31_AWorkersExhaustionIsItsOwn) {
  constexpr uint32_t kWorkers = 4;
  constexpr uint32_t kGreedy = 3;
  constexpr size_t kLimit = 8 * kKiB;
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = kWorkers});
  std::mutex lock;
  struct Outcome {
    int served = 0;
    int over_limit = 0;
    int otherwise = 0;
  };
  Outcome outcomes[kWorkers];
  const auto work = [&](OwnerId owner, Outcome& outcome) {
    std::vector<Cell<char>> cells;
    // The greedy one keeps all that it gets.
    const size_t held = owner == kGreedy ? 100 : 6;
    for (int i = 0; i < 5000; ++i) {
      const std::lock_guard<std::mutex> guard(lock);
      Result<Cell<char>> cell = pool.TryAllocCell<char>(kKiB, {.owner = owner});
      if (cell.ok()) {
        ++outcome.served;
        cells.push_back(std::move(*cell));
        if (cells.size() > held) cells.erase(cells.begin());
      } else if (cell.error() == AllocatorError::kOverLimit) {
        ++outcome.over_limit;
      } else {
        ++outcome.otherwise;
      }
    }
    const std::lock_guard<std::mutex> guard(lock);
    cells.clear();
  };
  for (OwnerId owner = 1; owner <= kWorkers; ++owner) {
    ASSERT_EQ(pool.SetLimit(owner, kLimit), kOk);
  }
  std::vector<std::thread> threads;
  for (OwnerId owner = 1; owner <= kWorkers; ++owner) {
    threads.emplace_back(work, owner, std::ref(outcomes[owner - 1]));
  }
  for (std::thread& thread : threads) thread.join();
  for (OwnerId owner = 1; owner <= kWorkers; ++owner) {
    const Outcome& outcome = outcomes[owner - 1];
    const int served = owner == kGreedy ? kLimit / kKiB : 5000;
    EXPECT_EQ(outcome.served, served) << owner;
    EXPECT_EQ(outcome.over_limit, 5000 - served) << owner;
    EXPECT_EQ(outcome.otherwise, 0) << owner;
    EXPECT_EQ(pool.owner_stats(owner).over_limit, 5000u - served) << owner;
    EXPECT_EQ(pool.owner_stats(owner).in_use_bytes, 0u) << owner;
    EXPECT_LE(pool.owner_stats(owner).peak_bytes, kLimit) << owner;
  }
  EXPECT_TRUE(IsWhole(pool));
}

// Within its limit an owner may find the pool itself exhausted.
TEST(PoolLimitsTest, SeedParity_Row31_AnExhaustedPoolIsNotAnOwnersFault) {
  HeapPrealloc pool = MakePool(4 * kKiB, {.owners = 1});
  ASSERT_EQ(pool.SetLimit(1, 2 * kKiB), kOk);
  const Cell<char> most = pool.AllocCell<char>(3 * kKiB);
  EXPECT_FALSE(pool.AllocCell<char>(2 * kKiB, {.owner = 1}));
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 0u);
  EXPECT_EQ(pool.owner_stats(1).over_limit, 0u);
  EXPECT_TRUE(pool.AllocCell<char>(kKiB, {.owner = 1}));
  EXPECT_TRUE(IsSound(pool));
}

}  // namespace
}  // namespace cellblock
