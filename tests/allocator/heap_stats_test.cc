// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a heap says of itself.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(HeapStatsTest, SeedParity_Row32_FiguresFollowEveryCall) {
  TestHeap heap(1024, 16, Content::kUnknown);
  const HeapStats& stats = heap->stats();
  EXPECT_EQ(stats.pool_bytes, 1024u);
  EXPECT_EQ(stats.unit_bytes, 16u);
  void* const a = heap->Allocate(100, 1, kAsIs);
  void* const b = heap->Allocate(200, 1, kAsIs);
  ASSERT_EQ(heap->Free(a), kOk);
  EXPECT_EQ(stats.in_use_bytes, 208u);
  EXPECT_EQ(stats.peak_bytes, 320u);
  EXPECT_EQ(stats.high_water_bytes, 320u);
  EXPECT_EQ(stats.ever_bytes, 320u);
  EXPECT_EQ(stats.allocations, 2u);
  EXPECT_EQ(stats.frees, 1u);
  ASSERT_TRUE(heap->ResizeInPlace(b, 300));
  EXPECT_EQ(stats.in_use_bytes, 304u);
  EXPECT_EQ(stats.peak_bytes, 320u);
  EXPECT_EQ(stats.ever_bytes, 416u);
  EXPECT_EQ(stats.high_water_bytes, 416u);
  ASSERT_TRUE(heap->ResizeInPlace(b, 16));
  EXPECT_EQ(stats.in_use_bytes, 16u);
  EXPECT_EQ(std::memcmp(&stats, &heap.copy(), sizeof(stats)), 0);
}

TEST(HeapStatsTest, ExhaustionIsDescribed) {
  TestHeap heap(1024, 16, Content::kUnknown);
  void* const block = heap->Allocate(600, 1, kAsIs);
  EXPECT_EQ(heap->Allocate(500, 8, kAsIs), nullptr);
  const Exhaustion& last = heap->stats().last_exhaustion;
  EXPECT_EQ(heap->stats().exhausted, 1u);
  EXPECT_EQ(last.asked, 500u);
  EXPECT_EQ(last.alignment, 8u);
  EXPECT_EQ(last.in_use, 608u);
  EXPECT_EQ(last.peak, 608u);
  EXPECT_EQ(last.largest_free, 416u);
  EXPECT_EQ(last.short_by, 512u - 416);
  // The right number: so much more, and it fits.
  ASSERT_TRUE(heap->ResizeInPlace(block, 608 - last.short_by));
  EXPECT_NE(heap->Allocate(500, 8, kAsIs), nullptr);
  EXPECT_EQ(std::memcmp(&heap->stats(), &heap.copy(), sizeof(HeapStats)), 0);
}

TEST(HeapStatsTest, AStreakOfRefusalsIsDescribedByItsFirstOrLargest) {
  TestHeap heap(1024, 16, Content::kUnknown);
  const Exhaustion& last = heap->stats().last_exhaustion;
  EXPECT_EQ(heap->Allocate(2000, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->Allocate(1500, 1, kAsIs), nullptr);
  EXPECT_EQ(last.asked, 2000u);
  EXPECT_EQ(heap->Allocate(3000, 1, kAsIs), nullptr);
  EXPECT_EQ(last.asked, 3000u);
  EXPECT_EQ(heap->stats().exhausted, 3u);
  void* const block = heap->Allocate(16, 1, kAsIs);
  EXPECT_EQ(last.asked, 3000u);
  EXPECT_EQ(heap->Allocate(1100, 1, kAsIs), nullptr);
  EXPECT_EQ(last.asked, 1100u);
  // A free between two refusals is not a success.
  EXPECT_EQ(heap->Free(block), kOk);
  EXPECT_EQ(heap->Allocate(1050, 1, kAsIs), nullptr);
  EXPECT_EQ(last.asked, 1100u);
}

TEST(HeapStatsTest, AnAlignmentThatCannotBeHadIsNotShortOfBytes) {
  TestHeap heap(1024, 16, Content::kUnknown, 1024);
  ASSERT_NE(heap->Allocate(16, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->Allocate(16, 4096, kAsIs), nullptr);
  EXPECT_EQ(heap->stats().last_exhaustion.short_by, 0u);
  EXPECT_EQ(heap->stats().last_exhaustion.largest_free, 1008u);
}

// One of a bad alignment is neither a success nor an exhaustion.
TEST(HeapStatsTest, AStreakIsNotBrokenByACallThatCouldNeverBeServed) {
  TestHeap heap(1024, 16, Content::kUnknown);
  const Exhaustion& last = heap->stats().last_exhaustion;
  EXPECT_EQ(heap->Allocate(2000, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->Allocate(16, 3, kAsIs), nullptr);
  EXPECT_EQ(heap->Allocate(16, 1, kAsIs, 1), nullptr);
  EXPECT_EQ(heap->AllocateDivided(16, 3, kAsIs), nullptr);
  EXPECT_EQ(heap->Allocate(1500, 1, kAsIs), nullptr);
  EXPECT_EQ(last.asked, 2000u);
  EXPECT_EQ(heap->stats().exhausted, 2u);
}

TEST(HeapStatsTest, RefusalSaysWhyTheLastOneWasRefused) {
  TestHeap heap(1024, 16, Content::kUnknown, 0, 1);
  EXPECT_EQ(heap->refusal(), kOk);
  ASSERT_TRUE(heap->SetLimit(1, 100));
  EXPECT_EQ(heap->Allocate(2000, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kExhausted);
  EXPECT_EQ(heap->Allocate(16, 24, kAsIs), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kBadAlignment);
  EXPECT_EQ(heap->Allocate(16, 1, kAsIs, 2), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kNoSuchOwner);
  EXPECT_EQ(heap->Allocate(200, 1, kAsIs, 1), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kOverLimit);
  EXPECT_EQ(heap->AllocateDivided(16, 8, kAsIs), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kBadAlignment);
  EXPECT_EQ(heap->AllocateDivided(2000, 16, kAsIs), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kExhausted);
  // A growth is no allocation.
  void* const block = heap->Allocate(1024, 1, kAsIs);
  EXPECT_EQ(heap->refusal(), kOk);
  EXPECT_FALSE(heap->ResizeInPlace(block, 2000));
  EXPECT_EQ(heap->refusal(), kOk);
  EXPECT_EQ(heap->Allocate(16, 1, kAsIs), nullptr);
  EXPECT_EQ(heap->refusal(), AllocatorError::kExhausted);
  // Each way to be served.
  EXPECT_EQ(heap->Free(block), kOk);
  EXPECT_EQ(heap->Allocate(1024, 1, kAsIs), block);
  EXPECT_EQ(heap->refusal(), kOk);
}

TEST(HeapStatsTest, ExhaustionKeepsTheAlignmentAsAsked) {
  TestHeap heap(1024, 16, Content::kUnknown);
  const Exhaustion& last = heap->stats().last_exhaustion;
  for (size_t alignment = 1; alignment <= kKiB; alignment *= 2) {
    EXPECT_EQ(heap->Allocate(1000 + alignment * 100, alignment, kAsIs),
              nullptr);
    EXPECT_EQ(last.alignment, alignment);
  }
  EXPECT_EQ(heap->AllocateDivided(200'000, 2048, kAsIs), nullptr);
  EXPECT_EQ(last.alignment, 2048u);
  EXPECT_EQ(last.asked, 200'000u);
}

TEST(HeapStatsTest, SeedParity_Row32_EveryPieceIsABlock) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  const HeapStats& stats = heap->stats();
  ASSERT_NE(heap->AllocateDivided(5 * 64, 64, kAsIs), nullptr);
  EXPECT_EQ(stats.allocations, 5u);
  EXPECT_EQ(stats.ever_bytes, 320u);
  EXPECT_EQ(stats.peak_bytes, 320u);
  EXPECT_EQ(std::memcmp(&stats, &heap.copy(), sizeof(stats)), 0);
}

// What was freed last comes back another way; the figures do not show it.
TEST(HeapStatsTest, SeedParity_Row32_FiguresFollowWhatIsReused) {
  TestHeap heap(1024, 16, Content::kUnknown);
  const HeapStats& stats = heap->stats();
  for (uint64_t round = 1; round <= 10; ++round) {
    void* const block = heap->Allocate(100, 1, kAsIs);
    EXPECT_EQ(block, heap.base());
    EXPECT_EQ(stats.in_use_bytes, 112u);
    EXPECT_EQ(stats.allocations, round);
    EXPECT_EQ(stats.ever_bytes, round * 112);
    EXPECT_EQ(std::memcmp(&stats, &heap.copy(), sizeof(stats)), 0);
    ASSERT_EQ(heap->Free(block), kOk);
    EXPECT_EQ(stats.in_use_bytes, 0u);
    EXPECT_EQ(stats.frees, round);
    EXPECT_EQ(std::memcmp(&stats, &heap.copy(), sizeof(stats)), 0);
    EXPECT_TRUE(IsValid(*heap));
  }
  EXPECT_EQ(stats.peak_bytes, 112u);
  EXPECT_EQ(stats.high_water_bytes, 112u);
  EXPECT_EQ(stats.NeededBytes(), 112u);
}

TEST(HeapStatsTest, ScribbledCopyOfTheFiguresChangesNothing) {
  TestHeap heap(1024, 16, Content::kZero);
  void* const block = heap->Allocate(600, 1, kAsIs);
  std::memset(block, 0xEE, 600);
  std::memset(static_cast<void*>(&heap.copy()), 0xFF, sizeof(HeapStats));
  EXPECT_EQ(heap->stats().in_use_bytes, 608u);
  EXPECT_EQ(heap->Free(block), kOk);
  EXPECT_EQ(heap.copy().in_use_bytes, 0u);
  void* const zeroed = heap->Allocate(1024, 1, Fill::kZeroed);
  EXPECT_TRUE(IsAll(zeroed, 0, 1024));
  EXPECT_EQ(heap.copy().peak_bytes, 1024u);
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapStatsTest, ARefusalByAnotherIsAnotherStreak) {
  TestHeap heap(4096, 16, Content::kUnknown, 0, 2);
  ASSERT_TRUE(heap->SetLimit(1, 64));
  ASSERT_TRUE(heap->SetLimit(2, 128));
  EXPECT_EQ(heap->Allocate(5000, 16, Fill::kUninitialized, 1), nullptr);
  EXPECT_EQ(heap->Allocate(4500, 16, Fill::kUninitialized, 2), nullptr);
  EXPECT_EQ(heap->stats().last_exhaustion.asked, 4500u);
  EXPECT_EQ(heap->stats().last_exhaustion.largest_free, 128u);
  EXPECT_EQ(heap->Allocate(4200, 16, Fill::kUninitialized), nullptr);
  EXPECT_EQ(heap->stats().last_exhaustion.asked, 4200u);
  EXPECT_EQ(heap->stats().last_exhaustion.largest_free, 4096u);
}

TEST(HeapStatsTest, GrowthInPlaceEndsAStreak) {
  TestHeap heap(4096, 16, Content::kUnknown);
  void* const block = heap->Allocate(16, 16, Fill::kUninitialized);
  EXPECT_EQ(heap->Allocate(5000, 16, Fill::kUninitialized), nullptr);
  ASSERT_TRUE(heap->ResizeInPlace(block, 32));
  EXPECT_EQ(heap->Allocate(4500, 16, Fill::kUninitialized), nullptr);
  EXPECT_EQ(heap->stats().last_exhaustion.asked, 4500u);
}

}  // namespace
}  // namespace cellblock
