// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a heap offers to a layer over it: requests whose refusal is not
// recorded, and to record it once nothing else helped.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kUnit = 64;
constexpr size_t kBytes = 1000 * kUnit;

class HeapTry : public testing::Test {
 protected:
  uint8_t* Try(size_t bytes, size_t alignment = kUnit,
               Fill fill = Fill::kUninitialized) {
    return static_cast<uint8_t*>(heap_->Try(bytes, alignment, fill));
  }
  // All but the copy's own affairs.
  bool IsAsBefore(const HeapStats& before) {
    return memcmp(&before, &heap_->stats(), sizeof(before)) == 0;
  }
  void Fill0xEE(void* block) { memset(block, 0xEE, heap_->UsableSize(block)); }

  TestHeap heap_{kBytes, kUnit, Content::kUnknown};
};

TEST_F(HeapTry, IsServedAndCountedAsAllocateIs) {
  uint8_t* const block = Try(100);
  ASSERT_EQ(block, heap_.base());
  EXPECT_EQ(heap_->UsableSize(block), 2 * kUnit);
  EXPECT_EQ(heap_->stats().allocations, 1u);
  EXPECT_EQ(heap_->stats().in_use_bytes, 2 * kUnit);
  EXPECT_EQ(heap_->stats().peak_bytes, 2 * kUnit);
  EXPECT_EQ(heap_->stats().high_water_bytes, 2 * kUnit);
  EXPECT_EQ(heap_->stats().ever_bytes, 2 * kUnit);
  EXPECT_EQ(heap_.copy().in_use_bytes, 2 * kUnit);
  EXPECT_TRUE(IsValid(*heap_));
  EXPECT_EQ(heap_->Free(block), AllocatorError::kNone);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(HeapTry, ZeroBytesAreOneUnit) {
  uint8_t* const block = Try(0);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(heap_->UsableSize(block), kUnit);
}

TEST_F(HeapTry, EveryAlignmentIsKept) {
  for (size_t alignment = 1; alignment <= kBytes / 4; alignment *= 2) {
    uint8_t* const block = Try(3 * kUnit, alignment);
    ASSERT_NE(block, nullptr) << alignment;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    EXPECT_TRUE(IsValid(*heap_));
  }
  EXPECT_EQ(Try(1, size_t{1} << 63), nullptr);
}

TEST_F(HeapTry, ZeroedIsZeroAlsoWhenReused) {
  uint8_t* const block = Try(10 * kUnit);
  Fill0xEE(block);
  EXPECT_EQ(heap_->Free(block), AllocatorError::kNone);
  ASSERT_EQ(Try(10 * kUnit, kUnit, Fill::kZeroed), block);
  EXPECT_TRUE(IsAll(block, 0, 10 * kUnit));
  void* const fresh = Try(10 * kUnit, kUnit, Fill::kZeroed);
  EXPECT_TRUE(IsAll(fresh, 0, 10 * kUnit));
}

TEST_F(HeapTry, NothingOfARefusalIsRecorded) {
  ASSERT_NE(Try(kBytes / 2), nullptr);
  const HeapStats before = heap_->stats();
  for (const size_t bytes :
       {kBytes / 2 + 1, kBytes, kBytes + 1, size_t{PTRDIFF_MAX}, SIZE_MAX}) {
    EXPECT_EQ(Try(bytes), nullptr) << bytes;
    EXPECT_EQ(Try(bytes, 4 * kUnit), nullptr) << bytes;
    EXPECT_EQ(heap_->TryDivided(bytes, kUnit, Fill::kZeroed), nullptr) << bytes;
  }
  EXPECT_TRUE(IsAsBefore(before));
  EXPECT_EQ(heap_->refusal(), AllocatorError::kNone);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(HeapTry, TakesTheClosestFitWhereAllocateTakesTheFirst) {
  const auto hole = [&](size_t units) {
    uint8_t* const block = Try(units * kUnit);
    EXPECT_NE(Try(kUnit), nullptr);
    return block;
  };
  uint8_t* const closest = hole(65);
  uint8_t* const first = hole(67);  // of the same bin, and freed last
  for (uint8_t* const block : {closest, first}) {
    EXPECT_EQ(heap_->Free(block), AllocatorError::kNone);
  }
  EXPECT_EQ(Try(32 * kUnit), closest);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(HeapTry, LooksIntoEveryPart) {
  HeapPart part;
  std::vector<uint8_t> more(kBytes + kUnit);
  std::vector<uint64_t> table(Heap::TableBytesFor(kBytes, kUnit) / 8);
  uint8_t* base = more.data();
  base += -reinterpret_cast<uintptr_t>(base) & (kUnit - 1);
  ASSERT_EQ(heap_->Grow(&part, {.base = base,
                                .bytes = kBytes,
                                .table = table.data(),
                                .table_bytes = table.size() * 8,
                                .table_content = Content::kZero}),
            AllocatorError::kNone);
  EXPECT_EQ(Try(kBytes), heap_.base());
  EXPECT_EQ(Try(kBytes), base);
  EXPECT_EQ(Try(1), nullptr);
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(HeapTry, DividedIsServedAndCountedAsAllocateDividedIs) {
  auto* const pieces = static_cast<uint8_t*>(
      heap_->TryDivided(5 * kUnit + 1, 2 * kUnit, Fill::kUninitialized));
  ASSERT_NE(pieces, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces) % (2 * kUnit), 0u);
  EXPECT_EQ(heap_->stats().allocations, 3u);
  EXPECT_EQ(heap_->stats().in_use_bytes, 6 * kUnit);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(heap_->IsPiece(pieces + 2 * kUnit * i));
    EXPECT_EQ(heap_->UsableSize(pieces + 2 * kUnit * i), 2 * kUnit);
  }
  EXPECT_TRUE(IsValid(*heap_));
  EXPECT_EQ(heap_->Free(pieces + 2 * kUnit), AllocatorError::kNone);
  EXPECT_TRUE(heap_->IsPiece(pieces));
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(HeapTry, RefusalThatIsCountedIsOneOfAllocate) {
  ASSERT_NE(Try(kBytes / 2), nullptr);
  heap_->CountRefusal(kBytes, 128);
  const HeapStats& stats = heap_->stats();
  EXPECT_EQ(stats.exhausted, 1u);
  EXPECT_EQ(stats.last_exhaustion.asked, kBytes);
  EXPECT_EQ(stats.last_exhaustion.alignment, 128u);
  EXPECT_EQ(stats.last_exhaustion.in_use, kBytes / 2);
  EXPECT_EQ(stats.last_exhaustion.peak, kBytes / 2);
  EXPECT_EQ(stats.last_exhaustion.largest_free, kBytes / 2);
  EXPECT_EQ(stats.last_exhaustion.short_by, kBytes / 2);
  EXPECT_EQ(heap_->refusal(), AllocatorError::kExhausted);
  EXPECT_EQ(heap_.copy().exhausted, 1u);
  EXPECT_EQ(heap_.copy().last_exhaustion.asked, kBytes);
  // As large as a pool would have had to be.
  EXPECT_GE(stats.NeededBytes(), kBytes / 2 + kBytes);
  TestHeap other(kBytes, kUnit, Content::kUnknown);
  ASSERT_NE(other->Allocate(kBytes / 2, kUnit, Fill::kZeroed), nullptr);
  ASSERT_EQ(other->Allocate(kBytes, 128, Fill::kZeroed), nullptr);
  EXPECT_EQ(other->stats().exhausted, stats.exhausted);
}

TEST_F(HeapTry, StreakGoesOnUntilItIsSaidToHaveEnded) {
  const auto asked = [&] { return heap_->stats().last_exhaustion.asked; };
  // Each is numbered if the figures come to tell of it.
  EXPECT_EQ(heap_->CountRefusal(2 * kBytes, 16), 1u);
  EXPECT_EQ(heap_->CountRefusal(kBytes + 1, 16), 0u);
  EXPECT_EQ(asked(), 2 * kBytes);
  heap_->EndStreak();
  EXPECT_EQ(asked(), 2 * kBytes);  // nothing is forgotten
  EXPECT_EQ(heap_->CountRefusal(kBytes + 1, 16), 3u);
  EXPECT_EQ(asked(), kBytes + 1);
  EXPECT_EQ(heap_->CountRefusal(3 * kBytes, 16), 4u);
  EXPECT_EQ(asked(), 3 * kBytes);
  EXPECT_EQ(heap_->stats().exhausted, 4u);
}

TEST_F(HeapTry, WhatIsServedEndsAStreakToo) {
  heap_->CountRefusal(2 * kBytes, 16);
  ASSERT_NE(Try(kUnit), nullptr);
  heap_->CountRefusal(kBytes + 1, 16);
  EXPECT_EQ(heap_->stats().last_exhaustion.asked, kBytes + 1);
  ASSERT_NE(heap_->TryDivided(kUnit, kUnit, Fill::kZeroed), nullptr);
  heap_->CountRefusal(kBytes, 16);
  EXPECT_EQ(heap_->stats().last_exhaustion.asked, kBytes);
  // A refusal that is not counted does not.
  EXPECT_EQ(Try(kBytes), nullptr);
  heap_->CountRefusal(1, 16);
  EXPECT_EQ(heap_->stats().last_exhaustion.asked, kBytes);
}

TEST(HeapTryTest, WithoutAPoolIsRefused) {
  Heap heap;
  EXPECT_EQ(heap.Try(1, 16, Fill::kZeroed), nullptr);
  EXPECT_EQ(heap.Try(0, 16, Fill::kZeroed), nullptr);
  EXPECT_EQ(heap.stats().exhausted, 0u);
}

}  // namespace
}  // namespace cellblock
