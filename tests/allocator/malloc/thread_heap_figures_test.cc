// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The figures of a pool that heaps share: pages as they are taken, blocks as
// their threads tell them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

class ThreadHeapFigures : public testing::Test {
 protected:
  HeapStats Stats() { return pool_->Stats(); }

  TestPool pool_{4 * kMiB};
  TestHeap heap_{&pool_};
  TestHeap other_{&pool_};
};

TEST_F(ThreadHeapFigures, InUseIsThePagesOfSlabsSpansAndMappings) {
  EXPECT_EQ(Stats().pool_bytes, pool_.bytes());
  EXPECT_EQ(Stats().unit_bytes, kPageBytes);
  EXPECT_EQ(Stats().in_use_bytes, 0u);
  heap_.Allocate(1);
  EXPECT_EQ(Stats().in_use_bytes, kPageBytes);
  heap_.Allocate(1);
  EXPECT_EQ(Stats().in_use_bytes, kPageBytes);
  char* const span = heap_.Allocate(20 * kPageBytes);
  EXPECT_EQ(Stats().in_use_bytes, 21 * kPageBytes);
  ASSERT_NE(pool_->TryPages(3 * kPageBytes, Fill::kZeroed), nullptr);
  EXPECT_EQ(Stats().in_use_bytes, 24 * kPageBytes);
  ASSERT_EQ(heap_.Reallocate(span, 18 * kPageBytes), span);
  EXPECT_EQ(Stats().in_use_bytes, 22 * kPageBytes);
  EXPECT_EQ(Stats().peak_bytes, 24 * kPageBytes);
  EXPECT_EQ(Stats().high_water_bytes, 24 * kPageBytes);
  EXPECT_EQ(pool_->FreePages(pool_.begin(), pool_.end()), 3 * kPageBytes);
  EXPECT_EQ(Stats().in_use_bytes, 19 * kPageBytes);
  EXPECT_EQ(Stats().peak_bytes, 24 * kPageBytes);
}

// Whatever was taken and freed by the fast paths, which count nothing.
TEST_F(ThreadHeapFigures, BlocksAreExactOnceTheThreadHasCounted) {
  pool_.CheckEvery(100);
  Random random(TestSeed());
  std::vector<char*> blocks;
  uint64_t taken = 0;
  uint64_t freed = 0;
  uint64_t bytes = 0;
  for (int step = 0; step < 5000; ++step) {
    if (blocks.empty() || random.OneIn(2)) {
      char* const block = heap_.Allocate(random.LogUniform(17));
      if (block == nullptr) continue;
      blocks.push_back(block);
      bytes += heap_.UsableSize(block);
      ++taken;
    } else {
      std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
                blocks.back());
      char* const block = blocks.back();
      bytes -= heap_.UsableSize(block);
      if (heap_.Owns(block)) {
        heap_.FreeFast(block);
      } else {
        heap_.Free(block);
      }
      blocks.pop_back();
      ++freed;
    }
    if (step % 7 != 0) continue;
    heap_->Count();
    ASSERT_EQ(Stats().allocations, taken) << step;
    ASSERT_EQ(Stats().frees, freed) << step;
    ASSERT_EQ(pool_->CountLive().blocks, taken - freed) << step;
    ASSERT_EQ(pool_->CountLive().bytes, bytes) << step;
  }
  EXPECT_GT(freed, 1000u);
}

TEST_F(ThreadHeapFigures, ReallocationIsABlockOnlyWhereItMoves) {
  char* block = heap_.Allocate(1000);
  ASSERT_EQ(heap_.Reallocate(block, 600), block);
  heap_->Count();
  EXPECT_EQ(Stats().allocations, 1u);
  block = heap_.Reallocate(block, 5000);
  heap_->Count();
  EXPECT_EQ(Stats().allocations, 2u);
  EXPECT_EQ(Stats().frees, 1u);
}

TEST_F(ThreadHeapFigures, EndOfAThreadTellsItsBlocks) {
  char* const block = heap_.Allocate(100);
  heap_.Allocate(100);
  heap_.Free(block);
  heap_.Close();
  EXPECT_EQ(Stats().allocations, 2u);
  EXPECT_EQ(Stats().frees, 1u);
  heap_.Open();
  heap_.Allocate(100);
  heap_->Count();
  EXPECT_EQ(Stats().allocations, 3u);
}

TEST_F(ThreadHeapFigures, WhatAnotherThreadFreedIsNotLive) {
  char* const first = heap_.Allocate(100);
  char* const second = heap_.Allocate(100);
  char* const span = heap_.Allocate(100'000);
  other_.Free(second);
  other_.Free(span);
  heap_->Count();
  other_->Count();
  EXPECT_EQ(pool_->CountLive().blocks, 1u);
  EXPECT_EQ(pool_->CountLive().bytes, 112u);
  EXPECT_EQ(Stats().allocations, 3u);
  EXPECT_EQ(Stats().frees, 2u);
  other_.Free(first);
  heap_->Count();
  EXPECT_EQ(pool_->CountLive().blocks, 0u);
}

// Refusals.

TEST_F(ThreadHeapFigures, ExhaustionIsDescribed) {
  heap_.Allocate(2 * kMiB);
  EXPECT_EQ(heap_.Allocate(3 * kMiB + 1, 64), nullptr);
  const Exhaustion& last = Stats().last_exhaustion;
  EXPECT_EQ(Stats().exhausted, 1u);
  EXPECT_EQ(last.asked, 3 * kMiB + 1);
  EXPECT_EQ(last.alignment, 64u);
  EXPECT_EQ(last.in_use, 2 * kMiB);
  EXPECT_EQ(last.peak, 2 * kMiB);
  EXPECT_EQ(last.largest_free, 2 * kMiB);
  EXPECT_EQ(last.short_by, kMiB + kPageBytes);
  EXPECT_EQ(Stats().refused_at_bytes, 5 * kMiB + kPageBytes);
  EXPECT_EQ(Stats().NeededBytes(), 5 * kMiB + kPageBytes);
}

TEST_F(ThreadHeapFigures, EachRefusedRequestCountsOnce) {
  pool_.CheckEvery(1000);
  std::vector<char*> blocks;
  heap_.Fill(kPageBytes, &blocks);
  EXPECT_EQ(Stats().exhausted, 1u);
  uint64_t refused = 1;
  for (const size_t bytes :
       {size_t{0}, size_t{16}, size_t{100'000}, pool_.bytes() + 1, SIZE_MAX}) {
    EXPECT_EQ(heap_.Allocate(bytes), nullptr);
    EXPECT_EQ(heap_.AllocateZeroed(bytes), nullptr);
    EXPECT_EQ(heap_.Allocate(bytes, kMiB), nullptr);
    refused += 3;
    EXPECT_EQ(Stats().exhausted, refused) << bytes;
  }
  EXPECT_EQ(heap_.Reallocate(blocks[0], 8192), nullptr);
  EXPECT_EQ(Stats().exhausted, refused + 1);
}

TEST_F(ThreadHeapFigures, ShrinkingABlockIsNeverRefused) {
  char* const block = heap_.Allocate(pool_.bytes());
  EXPECT_NE(heap_.Reallocate(block, 100), nullptr);
  EXPECT_EQ(Stats().exhausted, 0u);
  EXPECT_EQ(heap_->refusals_in_a_row(), 0u);
}

TEST_F(ThreadHeapFigures, StreakIsDescribedByItsFirstOrLargest) {
  std::vector<char*> blocks;
  heap_.Fill(500'000, &blocks);
  const auto asked = [&] { return Stats().last_exhaustion.asked; };
  EXPECT_EQ(asked(), 500'000u);
  EXPECT_EQ(heap_.Allocate(400'000), nullptr);
  EXPECT_EQ(asked(), 500'000u);
  EXPECT_EQ(heap_.Allocate(600'000), nullptr);
  EXPECT_EQ(asked(), 600'000u);
  EXPECT_EQ(heap_->refusals_in_a_row(), 3u);
  // Of a slab that is there already, without the pool's knowledge.
  char* const small = heap_.Allocate(16);
  ASSERT_NE(small, nullptr);
  EXPECT_EQ(heap_.Allocate(300'000), nullptr);
  EXPECT_EQ(asked(), 300'000u);
  EXPECT_EQ(heap_->refusals_in_a_row(), 1u);
  heap_.Free(small);  // is nothing that was served
  EXPECT_EQ(heap_.Allocate(200'000), nullptr);
  EXPECT_EQ(asked(), 300'000u);
  EXPECT_EQ(heap_->refusals_in_a_row(), 2u);
}

TEST_F(ThreadHeapFigures, RefusalsInARowAreAThreadsOwn) {
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(other_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap_->refusals_in_a_row(), 2u);
  EXPECT_EQ(other_->refusals_in_a_row(), 1u);
  EXPECT_NE(other_.Allocate(1), nullptr);
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap_->refusals_in_a_row(), 3u);
  EXPECT_NE(heap_.Allocate(1), nullptr);
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap_->refusals_in_a_row(), 1u);
}

TEST_F(ThreadHeapFigures, RefusalOfPagesIsCountedByWhoSaysSo) {
  pool_->CountRefusal(5 * kMiB, kPageBytes, true);
  EXPECT_EQ(Stats().exhausted, 1u);
  EXPECT_EQ(Stats().last_exhaustion.asked, 5 * kMiB);
  pool_->CountRefusal(kMiB, kPageBytes, false);
  EXPECT_EQ(Stats().exhausted, 2u);
  EXPECT_EQ(Stats().last_exhaustion.asked, 5 * kMiB);
  pool_->CountRefusal(kMiB, kPageBytes, true);
  EXPECT_EQ(Stats().last_exhaustion.asked, kMiB);
}

// The same calls, whatever pool they are made on. False iff one was refused.
bool IsServed(TestPool* pool, uint64_t seed) {
  pool->CheckEvery(0);
  TestHeap heap(pool);
  Random random(seed);
  std::vector<char*> blocks;
  for (int step = 0; step < 4000; ++step) {
    if (blocks.size() > 300 || (!blocks.empty() && random.OneIn(3))) {
      std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
                blocks.back());
      heap.Free(blocks.back());
      blocks.pop_back();
      continue;
    }
    blocks.push_back(heap.Allocate(random.LogUniform(18)));
    if (blocks.back() == nullptr) return false;
  }
  return true;
}

// README.md says that a pool of what was needed and an eighth is enough.
TEST(ThreadHeapNeededTest, PoolOfWhatWasNeededAndAnEighthServesTheSameRun) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < 40 * TestFactor(); ++i) {
    TestPool large({.bytes = 128 * kMiB, .content = Content::kZero});
    ASSERT_TRUE(IsServed(&large, seed + i));
    const size_t needed = large->Stats().NeededBytes();
    ASSERT_LT(needed, large.bytes());
    TestPool enough({.bytes = needed + needed / 8, .content = Content::kZero});
    EXPECT_TRUE(IsServed(&enough, seed + i)) << needed << ", seed " << seed + i;
  }
}

// The copy for whoever watches.

TEST_F(ThreadHeapFigures, CopyIsUpToDateAfterEveryStepOfThePool) {
  char* const span = heap_.Allocate(100'000);
  EXPECT_EQ(pool_.copy().in_use_bytes, Stats().in_use_bytes);
  EXPECT_EQ(pool_.copy().pool_bytes, pool_.bytes());
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(pool_.copy().exhausted, 1u);
  EXPECT_EQ(pool_.copy().last_exhaustion.asked, SIZE_MAX);
  heap_.Free(span);
  heap_->Count();
  pool_->Publish();
  const HeapStats stats = Stats();
  const HeapStats& copy = pool_.copy();
  EXPECT_EQ(copy.unit_bytes, stats.unit_bytes);
  EXPECT_EQ(copy.in_use_bytes, stats.in_use_bytes);
  EXPECT_EQ(copy.peak_bytes, stats.peak_bytes);
  EXPECT_EQ(copy.high_water_bytes, stats.high_water_bytes);
  EXPECT_EQ(copy.ever_bytes, stats.ever_bytes);
  EXPECT_EQ(copy.allocations, stats.allocations);
  EXPECT_EQ(copy.frees, stats.frees);
  EXPECT_EQ(copy.frees, 1u);
  EXPECT_EQ(copy.exhausted, stats.exhausted);
  EXPECT_EQ(copy.refused_at_bytes, stats.refused_at_bytes);
  EXPECT_EQ(copy.last_exhaustion.largest_free,
            stats.last_exhaustion.largest_free);
}

TEST_F(ThreadHeapFigures, ScribbledCopyChangesNothing) {
  char* const block = heap_.Allocate(100);
  const HeapStats before = Stats();
  memset(static_cast<void*>(&pool_.copy()), 0xFF, sizeof(HeapStats));
  const HeapStats after = Stats();
  EXPECT_EQ(memcmp(&before, &after, sizeof(before)), 0);
  heap_.Free(block);
  EXPECT_EQ(heap_.Allocate(100), block);
  EXPECT_EQ(pool_.copy().in_use_bytes, before.in_use_bytes);
}

}  // namespace
}  // namespace cellblock
