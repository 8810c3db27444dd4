// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr size_t kGiB = 1024 * kMiB;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(HeapTest, UnitGrowsWithThePool) {
  EXPECT_EQ(Heap::UnitFor(1), 16u);
  EXPECT_EQ(Heap::UnitFor(4 * kKiB), 16u);
  EXPECT_EQ(Heap::UnitFor(kMiB), 16u);
  EXPECT_EQ(Heap::UnitFor(kMiB + 1), 32u);
  EXPECT_EQ(Heap::UnitFor(64 * kMiB), 32u);
  EXPECT_EQ(Heap::UnitFor(200 * kMiB), 64u);
  EXPECT_EQ(Heap::UnitFor(32 * kGiB - 128), 64u);
  EXPECT_EQ(Heap::UnitFor(32 * kGiB - 64), 128u);
  EXPECT_EQ(Heap::UnitFor(32 * kGiB), 128u);
  EXPECT_EQ(Heap::UnitFor(64 * kGiB), 256u);
  for (size_t bytes : {64 * kGiB, 1024 * kGiB, SIZE_MAX}) {
    const size_t unit = Heap::UnitFor(bytes);
    EXPECT_LE(bytes / unit, Freelist::kMaxUnits);
    EXPECT_NE(Heap::TableBytesFor(bytes, unit), 0u);
  }
}

TEST(HeapTest, TableBytesForRefusesWhatCannotBe) {
  EXPECT_EQ(Heap::TableBytesFor(kMiB, 0), 0u);
  EXPECT_EQ(Heap::TableBytesFor(kMiB, 8), 0u);
  EXPECT_EQ(Heap::TableBytesFor(kMiB, 48), 0u);
  EXPECT_EQ(Heap::TableBytesFor(15, 16), 0u);
  EXPECT_EQ(Heap::TableBytesFor(SIZE_MAX, 16), 0u);
  EXPECT_EQ(Heap::TableBytesFor(16, 16), Freelist::TableBytes(1));
}

TEST(HeapTest, WithoutAPoolRefusesEverything) {
  Heap heap;
  int something = 0;
  EXPECT_EQ(heap.Allocate(1, 1, kAsIs), nullptr);
  EXPECT_EQ(heap.Allocate(0, 1, kAsIs), nullptr);
  EXPECT_EQ(heap.AllocateDivided(1, 1, kAsIs), nullptr);
  EXPECT_EQ(heap.Free(&something), AllocatorError::kNotOwned);
  EXPECT_FALSE(heap.ResizeInPlace(&something, 1));
  EXPECT_FALSE(heap.Owns(&something));
  EXPECT_FALSE(heap.Owns(nullptr));
  EXPECT_EQ(heap.UsableSize(&something), 0u);
  EXPECT_EQ(heap.LargestFree(), 0u);
  EXPECT_TRUE(IsValid(heap));
}

class HeapAttach : public testing::Test {
 protected:
  HeapMemory Good() {
    return {.base = pool_,
            .bytes = sizeof(pool_),
            .table = table_,
            .table_bytes = Heap::TableBytesFor(sizeof(pool_), 16),
            .unit = 16,
            .content = Content::kUnknown,
            .table_content = Content::kUnknown,
            .stats = nullptr};
  }

  alignas(64) uint8_t pool_[1024];
  uint64_t table_[400];
  Heap heap_;
};

TEST_F(HeapAttach, EachReasonIsNamed) {
  EXPECT_EQ(heap_.Attach(Good()), kOk);
  HeapMemory memory = Good();
  memory.bytes = 0;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kZeroBytes);
  memory = Good();
  memory.base = nullptr;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kNullBuffer);
  memory = Good();
  memory.table = nullptr;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kNullBuffer);
  for (size_t unit : {0, 1, 8, 24, 48}) {
    memory = Good();
    memory.unit = unit;
    EXPECT_EQ(heap_.Attach(memory), AllocatorError::kBadAlignment) << unit;
  }
  memory = Good();
  memory.base = pool_ + 8;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kBadAlignment);
  memory = Good();
  memory.table = reinterpret_cast<uint8_t*>(table_) + 4;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kBadAlignment);
  for (size_t bytes : {SIZE_MAX, SIZE_MAX / 2 + 1, size_t{16} << 29}) {
    memory = Good();
    memory.bytes = bytes;
    EXPECT_EQ(heap_.Attach(memory), AllocatorError::kTooLarge) << bytes;
  }
  // With a unit so large that the number of units is no obstacle.
  memory = Good();
  memory.unit = size_t{1} << 40;
  memory.base = reinterpret_cast<void*>(memory.unit);
  memory.bytes = size_t{1} << 63;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kTooLarge);
  memory.base = reinterpret_cast<void*>(-memory.unit);
  memory.bytes = 2 * memory.unit;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kTooLarge);
  memory = Good();
  memory.bytes = 15;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kTooSmall);
  memory = Good();
  memory.table_bytes -= 1;
  EXPECT_EQ(heap_.Attach(memory), AllocatorError::kTooSmall);
}

TEST_F(HeapAttach, ARefusalLeavesTheHeapAsItWas) {
  ASSERT_EQ(heap_.Attach(Good()), kOk);
  void* const block = heap_.Allocate(100, 1, kAsIs);
  HeapMemory memory = Good();
  memory.bytes = 0;
  ASSERT_EQ(heap_.Attach(memory), AllocatorError::kZeroBytes);
  EXPECT_EQ(heap_.UsableSize(block), 112u);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(HeapAttach, AgainStartsOver) {
  HeapStats copy;
  HeapMemory memory = Good();
  memory.stats = &copy;
  ASSERT_EQ(heap_.Attach(memory), kOk);
  void* const block = heap_.Allocate(100, 1, kAsIs);
  ASSERT_EQ(heap_.Allocate(2000, 1, kAsIs), nullptr);
  ASSERT_EQ(heap_.Attach(memory), kOk);
  EXPECT_EQ(heap_.Free(block), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.refusal(), kOk);
  for (const HeapStats* stats : {&heap_.stats(), &std::as_const(copy)}) {
    EXPECT_EQ(stats->in_use_bytes, 0u);
    EXPECT_EQ(stats->allocations, 0u);
    EXPECT_EQ(stats->NeededBytes(), 0u);
    EXPECT_EQ(stats->last_exhaustion.asked, 0u);
  }
  // A refusal right after is the first of its streak.
  EXPECT_EQ(heap_.Allocate(1025, 1, kAsIs), nullptr);
  EXPECT_EQ(heap_.stats().last_exhaustion.asked, 1025u);
  EXPECT_EQ(heap_.Allocate(1024, 1, kAsIs), pool_);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(HeapAttach, ATailShorterThanAUnitIsNotUsed) {
  HeapMemory memory = Good();
  memory.bytes = 1000;
  ASSERT_EQ(heap_.Attach(memory), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, 992u);
  EXPECT_FALSE(heap_.Owns(pool_ + 992));
  EXPECT_EQ(heap_.Allocate(993, 1, kAsIs), nullptr);
  EXPECT_EQ(heap_.Allocate(992, 1, kAsIs), pool_);
}

TEST(HeapTest, ZeroBytesAreADistinctBlockOfOneUnit) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  void* const a = heap->Allocate(0, 1, kAsIs);
  void* const b = heap->Allocate(0, 1, kAsIs);
  EXPECT_NE(a, nullptr);
  EXPECT_NE(a, b);
  EXPECT_EQ(heap->UsableSize(a), 16u);
  EXPECT_EQ(heap->Free(a), kOk);
  EXPECT_EQ(heap->Free(b), kOk);
}

// Whatever smaller alignment is asked for, a block is aligned to the unit.
TEST(HeapTest, SeedParity_Row28_SixteenUnlessMoreIsAsked) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown, 16);
  for (size_t alignment : {1, 2, 4, 8, 16}) {
    for (size_t bytes : {0, 1, 3, 15, 16, 17, 31}) {
      void* const block = heap->Allocate(bytes, alignment, kAsIs);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
    }
  }
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapTest, SeedParity_Row28_EverySizeAndAlignmentIsServedWhereItShouldBe) {
  for (size_t base_alignment : {16, 32, 256, 4096}) {
    TestHeap heap(64 * kKiB, 16, Content::kUnknown, base_alignment);
    for (size_t alignment = 1; alignment <= 16 * kKiB; alignment *= 2) {
      for (size_t bytes : {1, 15, 16, 17, 100, 512, 1000, 4096, 10'000}) {
        void* const block = heap->Allocate(bytes, alignment, kAsIs);
        ASSERT_NE(block, nullptr) << bytes << " at " << alignment;
        ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
        ASSERT_GE(heap->UsableSize(block), bytes);
        ASSERT_LT(heap->UsableSize(block), bytes + 16);
        ASSERT_TRUE(IsValid(*heap));
        ASSERT_EQ(heap->Free(block), kOk);
      }
    }
    EXPECT_EQ(heap->LargestFree(), 64 * kKiB);
  }
}

TEST(HeapTest, BadAlignmentIsRefusedAndNotCountedAsExhaustion) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  for (size_t alignment : {size_t{0}, size_t{3}, size_t{24}, SIZE_MAX}) {
    EXPECT_EQ(heap->Allocate(16, alignment, kAsIs), nullptr);
  }
  for (size_t piece : {0, 8, 24, 48}) {
    EXPECT_EQ(heap->AllocateDivided(16, piece, kAsIs), nullptr);
  }
  EXPECT_EQ(heap->stats().exhausted, 0u);
}

TEST(HeapTest, ImpossibleSizesAreRefusedNotWrapped) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  for (size_t bytes : {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 4095,
                       SIZE_MAX / 2 + 1, size_t{1} << 32,
                       (size_t{1} << 36) + 16, 4 * kKiB + 1}) {
    EXPECT_EQ(heap->Allocate(bytes, 1, kAsIs), nullptr) << bytes;
    EXPECT_EQ(heap->stats().last_exhaustion.asked, bytes);
    EXPECT_GE(heap->stats().last_exhaustion.short_by, 16u);
    EXPECT_EQ(heap->AllocateDivided(bytes, 16, kAsIs), nullptr) << bytes;
    void* const block = heap->Allocate(16, 1, kAsIs);
    EXPECT_FALSE(heap->ResizeInPlace(block, bytes));
    EXPECT_EQ(heap->Free(block), kOk);
  }
  for (size_t alignment = 8 * kKiB; alignment != 0; alignment *= 2) {
    void* const block = heap->Allocate(16, alignment, kAsIs);
    if (block == nullptr) continue;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    EXPECT_EQ(heap->Free(block), kOk);
  }
  EXPECT_EQ(heap->Allocate(1, size_t{1} << 63, kAsIs), nullptr);
  EXPECT_EQ(heap->AllocateDivided(1, size_t{1} << 63, kAsIs), nullptr);
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapTest, FreeTellsEachMistakeApart) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  uint8_t* const block = static_cast<uint8_t*>(heap->Allocate(100, 1, kAsIs));
  int foreign = 0;
  EXPECT_EQ(heap->Free(nullptr), AllocatorError::kNotOwned);
  EXPECT_EQ(heap->Free(&foreign), AllocatorError::kNotOwned);
  EXPECT_EQ(heap->Free(heap.base() - 1), AllocatorError::kNotOwned);
  EXPECT_EQ(heap->Free(heap.base() + 4 * kKiB), AllocatorError::kNotOwned);
  EXPECT_EQ(heap->Free(block + 1), AllocatorError::kMisaligned);
  EXPECT_EQ(heap->Free(block + 8), AllocatorError::kMisaligned);
  EXPECT_EQ(heap->Free(block + 16), AllocatorError::kInteriorPointer);
  EXPECT_EQ(heap->Free(block + 112), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap->Free(block), kOk);
  EXPECT_EQ(heap->Free(block), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap->stats().frees, 1u);
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapTest, DividedBlocksAreFreedOneByOne) {
  TestHeap heap(64 * kKiB, 16, Content::kUnknown, 16);
  uint8_t* const pages = static_cast<uint8_t*>(
      heap->AllocateDivided(3 * 4096 - 5, 4096, Fill::kZeroed));
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pages) % 4096, 0u);
  EXPECT_TRUE(IsAll(pages, 0, 3 * 4096));
  EXPECT_EQ(heap->stats().allocations, 3u);
  EXPECT_EQ(heap->stats().in_use_bytes, 3u * 4096);
  for (int i : {1, 0, 2}) {
    EXPECT_TRUE(heap->IsPiece(pages + i * 4096));
    EXPECT_FALSE(heap->IsPiece(pages + i * 4096 + 16));
    EXPECT_EQ(heap->UsableSize(pages + i * 4096), 4096u);
    EXPECT_EQ(heap->Free(pages + i * 4096), kOk);
    EXPECT_FALSE(heap->IsPiece(pages + i * 4096));
    EXPECT_TRUE(IsValid(*heap));
  }
  EXPECT_EQ(heap->LargestFree(), 64 * kKiB);
  void* const one = heap->AllocateDivided(0, 4096, kAsIs);
  EXPECT_EQ(heap->UsableSize(one), 4096u);
  void* const plain = heap->Allocate(4096, 4096, kAsIs);
  EXPECT_FALSE(heap->IsPiece(plain));
}

TEST(HeapTest, ResizeInPlaceShrinksAlwaysAndGrowsIntoFreeMemoryOnly) {
  TestHeap heap(1024, 16, Content::kUnknown);
  void* const a = heap->Allocate(500, 1, kAsIs);
  void* const b = heap->Allocate(100, 1, kAsIs);
  EXPECT_TRUE(heap->ResizeInPlace(a, 100));
  EXPECT_EQ(heap->UsableSize(a), 112u);
  EXPECT_TRUE(heap->ResizeInPlace(a, 112));
  EXPECT_TRUE(heap->ResizeInPlace(a, 512));
  EXPECT_FALSE(heap->ResizeInPlace(a, 513));
  EXPECT_TRUE(heap->ResizeInPlace(a, 0));
  EXPECT_EQ(heap->UsableSize(a), 16u);
  EXPECT_TRUE(heap->ResizeInPlace(b, 1024 - 512));
  EXPECT_FALSE(heap->ResizeInPlace(b, 1024 - 511));
  EXPECT_EQ(heap->stats().in_use_bytes, 16u + 512);
  EXPECT_EQ(heap->stats().exhausted, 0u);
  EXPECT_FALSE(heap->ResizeInPlace(nullptr, 1));
  EXPECT_FALSE(heap->ResizeInPlace(static_cast<uint8_t*>(b) + 16, 1));
  EXPECT_EQ(heap->Free(a), kOk);
  EXPECT_FALSE(heap->ResizeInPlace(a, 1));
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapTest, ServesThePoolToTheLastUnit) {
  for (size_t unit : {16, 64, 4096}) {
    TestHeap heap(256 * kKiB, unit, Content::kUnknown);
    for (size_t i = 0; i < 256 * kKiB / unit; ++i) {
      ASSERT_NE(heap->Allocate(unit, unit, kAsIs), nullptr);
    }
    EXPECT_EQ(heap->Allocate(1, 1, kAsIs), nullptr);
    EXPECT_EQ(heap->stats().in_use_bytes, 256 * kKiB);
    EXPECT_TRUE(IsValid(*heap));
  }
}

}  // namespace
}  // namespace cellblock
