// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What FirstFitHeap makes of blocks that come back, and what it counts.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "allocator/first_fit_heap.h"
#include "tests/allocator/first_fit_heap_fixture.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

class FirstFitHeapFree : public testing::TestWithParam<size_t> {
 protected:
  size_t unit() const { return GetParam(); }

  TestFirstFitHeap heap_{
      {.pool_bytes = 40 * GetParam(), .slots = 4, .unit = GetParam()}};
};

TEST_P(FirstFitHeapFree, ABlockOutsideThePoolIsNotOwned) {
  const FirstFitBlock block = heap_.Allocate(40 * unit());
  uint8_t* const data = static_cast<uint8_t*>(block.data);
  const size_t bytes = block.bytes;
  uint8_t foreign[64];
  EXPECT_EQ(heap_.Free({nullptr, 0}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({nullptr, unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({foreign, unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data - 1, 1}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data - unit(), 2 * unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data + bytes, unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data, bytes + 1}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data, bytes + unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data + unit(), bytes}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data, SIZE_MAX}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free({data + unit(), -unit()}), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_->stats().frees, 0u);
  EXPECT_EQ(heap_->stats().in_use_bytes, bytes);
  EXPECT_EQ(heap_.Free(block), kOk);
}

TEST_P(FirstFitHeapFree, ABlockNotInWholeUnitsIsMisaligned) {
  const FirstFitBlock block = heap_.Allocate(20 * unit());
  uint8_t* const data = static_cast<uint8_t*>(block.data);
  EXPECT_EQ(heap_.Free({data, 0}), AllocatorError::kMisaligned);
  for (size_t off = 1; off < unit(); ++off) {
    EXPECT_EQ(heap_.Free({data + off, unit()}), AllocatorError::kMisaligned);
    EXPECT_EQ(heap_.Free({data, unit() + off}), AllocatorError::kMisaligned);
    EXPECT_EQ(heap_.Free({data, off}), AllocatorError::kMisaligned);
  }
  EXPECT_EQ(heap_->stats().frees, 0u);
  EXPECT_EQ(heap_.Free(block), kOk);
}

TEST_P(FirstFitHeapFree, MoreThanIsInUseIsADoubleFree) {
  const FirstFitBlock a = heap_.Allocate(20 * unit());
  const FirstFitBlock b = heap_.Allocate(5 * unit());
  EXPECT_EQ(heap_.Free(a), kOk);
  EXPECT_EQ(heap_.Free(a), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.Free(b), kOk);
  EXPECT_EQ(heap_.Free(b), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_->stats().frees, 2u);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_P(FirstFitHeapFree, WhatWasNeverHandedOutIsADoubleFree) {
  const FirstFitBlock block = heap_.Allocate(20 * unit());
  uint8_t* const end = static_cast<uint8_t*>(block.data) + block.bytes;
  EXPECT_EQ(heap_.Free({end, unit()}), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.Free({end - unit(), 2 * unit()}),
            AllocatorError::kDoubleFree);
  EXPECT_TRUE(IsValid(*heap_));
  EXPECT_EQ(heap_.Free(block), kOk);
}

TEST_P(FirstFitHeapFree, SeedParity_Row14_LostBytesAreCounted) {
  const HeapStats& stats = heap_->stats();
  std::vector<FirstFitBlock> blocks;
  for (size_t units : {1, 2, 3, 4, 5, 1}) {
    blocks.push_back(heap_.Allocate(units * unit()));
  }
  for (size_t i : {0, 1, 2}) ASSERT_EQ(heap_.Free(blocks[i]), kOk);
  EXPECT_EQ(stats.lost_bytes, 0u);
  // 3, 2, 1 and the wilderness of 24: a longer one takes a slot.
  ASSERT_EQ(heap_.Free(blocks[3]), kOk);
  EXPECT_EQ(stats.lost_bytes, 2 * unit());
  EXPECT_TRUE(IsValid(*heap_));
  ASSERT_EQ(heap_.Free(blocks[4]), kOk);
  EXPECT_EQ(stats.lost_bytes, 3 * unit());
  // 3, 4, 5, 24: a shorter one is lost itself.
  ASSERT_EQ(heap_.Free(blocks[5]), kOk);
  EXPECT_EQ(stats.lost_bytes, 4 * unit());
  EXPECT_EQ(stats.in_use_bytes, 0u);
  EXPECT_EQ(heap_->slots().FreeUnits(), 36u);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_P(FirstFitHeapFree, SeedParity_Row32_FiguresFollowEveryCall) {
  const HeapStats& stats = heap_->stats();
  EXPECT_EQ(stats.pool_bytes, 40 * unit());
  EXPECT_EQ(stats.unit_bytes, unit());
  const FirstFitBlock a = heap_.Allocate(10 * unit());
  const FirstFitBlock b = heap_.Allocate(20 * unit());
  EXPECT_EQ(stats.in_use_bytes, 30 * unit());
  EXPECT_EQ(stats.peak_bytes, 30 * unit());
  EXPECT_EQ(stats.high_water_bytes, 30 * unit());
  ASSERT_EQ(heap_.Free(a), kOk);
  EXPECT_EQ(stats.in_use_bytes, 20 * unit());
  const FirstFitBlock c = heap_.Allocate(9 * unit());
  EXPECT_EQ(c.bytes, 10 * unit());
  EXPECT_EQ(stats.in_use_bytes, 30 * unit());
  EXPECT_EQ(stats.peak_bytes, 30 * unit());
  EXPECT_EQ(stats.high_water_bytes, 30 * unit());
  EXPECT_EQ(stats.ever_bytes, 40 * unit());
  EXPECT_EQ(stats.allocations, 3u);
  EXPECT_EQ(stats.frees, 1u);
  EXPECT_EQ(heap_->Validate().live_blocks, 2u);
  ASSERT_EQ(heap_.Free(b), kOk);
  ASSERT_EQ(heap_.Free(c), kOk);
  EXPECT_EQ(stats.in_use_bytes, 0u);
  EXPECT_EQ(stats.peak_bytes, 30 * unit());
  EXPECT_EQ(stats.frees, 3u);
  EXPECT_EQ(stats.exhausted, 0u);
  EXPECT_EQ(heap_->LargestFree(), 20 * unit());
}

TEST_P(FirstFitHeapFree, ExhaustionIsDescribed) {
  const FirstFitBlock block = heap_.Allocate(30 * unit());
  ASSERT_NE(block.data, nullptr);
  EXPECT_EQ(heap_.Allocate(15 * unit() - unit() / 2).data, nullptr);
  const Exhaustion& last = heap_->stats().last_exhaustion;
  EXPECT_EQ(heap_->stats().exhausted, 1u);
  EXPECT_EQ(last.asked, 15 * unit() - unit() / 2);
  EXPECT_EQ(last.alignment, 1u);
  EXPECT_EQ(last.in_use, 30 * unit());
  EXPECT_EQ(last.peak, 30 * unit());
  EXPECT_EQ(last.largest_free, 10 * unit());
  EXPECT_EQ(last.short_by, 5 * unit());
  EXPECT_EQ(heap_->stats().in_use_bytes, 30 * unit());
}

TEST_P(FirstFitHeapFree, AStreakOfRefusalsIsDescribedByItsFirstOrLargest) {
  const Exhaustion& last = heap_->stats().last_exhaustion;
  EXPECT_EQ(heap_.Allocate(60 * unit()).data, nullptr);
  EXPECT_EQ(heap_.Allocate(50 * unit()).data, nullptr);
  EXPECT_EQ(last.asked, 60 * unit());
  EXPECT_EQ(heap_.Allocate(70 * unit()).data, nullptr);
  EXPECT_EQ(last.asked, 70 * unit());
  EXPECT_EQ(heap_->stats().exhausted, 3u);
  const FirstFitBlock block = heap_.Allocate(1);
  EXPECT_EQ(last.asked, 70 * unit());
  EXPECT_EQ(heap_.Allocate(45 * unit()).data, nullptr);
  EXPECT_EQ(last.asked, 45 * unit());
  // A free between two refusals is not a success.
  EXPECT_EQ(heap_.Free(block), kOk);
  EXPECT_EQ(heap_.Allocate(44 * unit()).data, nullptr);
  EXPECT_EQ(last.asked, 45 * unit());
}

TEST_P(FirstFitHeapFree, ScrubClearsTheBlockAndNothingElse) {
  uint8_t* const base = heap_.base();
  std::vector<FirstFitBlock> blocks;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(heap_.Allocate(10 * unit()));
    Paint(blocks.back(), 0xEE);
  }
  EXPECT_EQ(heap_.Free(blocks[1], Scrub::kOnFree), kOk);
  EXPECT_EQ(heap_.Free(blocks[2], Scrub::kNever), kOk);
  EXPECT_TRUE(IsAll(base, 0xEE, 10 * unit()));
  EXPECT_TRUE(IsAll(base + 10 * unit(), 0, 10 * unit()));
  EXPECT_TRUE(IsAll(base + 20 * unit(), 0xEE, 20 * unit()));
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_P(FirstFitHeapFree, ScrubClearsABlockThatIsLost) {
  TestFirstFitHeap heap(
      {.pool_bytes = 40 * unit(), .slots = 1, .unit = unit()});
  const FirstFitBlock block = heap.Allocate(10 * unit());
  Paint(block, 0xEE);
  EXPECT_EQ(heap.Free(block, Scrub::kOnFree), kOk);
  EXPECT_EQ(heap->stats().lost_bytes, block.bytes);
  EXPECT_TRUE(IsAll(block.data, 0, block.bytes));
}

TEST_P(FirstFitHeapFree, ARefusedFreeScrubsNothing) {
  const FirstFitBlock block = heap_.Allocate(10 * unit());
  Paint(block, 0xEE);
  EXPECT_EQ(heap_.Free({block.data, 20 * unit()}, Scrub::kOnFree),
            AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.Free({block.data, 0}, Scrub::kOnFree),
            AllocatorError::kMisaligned);
  EXPECT_TRUE(IsAll(block.data, 0xEE, 10 * unit()));
}

INSTANTIATE_TEST_SUITE_P(EveryUnit, FirstFitHeapFree,
                         testing::Values(1, 12, 16),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace cellblock
