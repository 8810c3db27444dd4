// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/first_fit_heap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/allocator/first_fit_heap_fixture.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr Scrub kNever = Scrub::kNever;
constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(FirstFitHeapTest, WithoutAPoolRefusesEverything) {
  FirstFitHeap heap;
  int something = 0;
  EXPECT_EQ(heap.Allocate(1, 1, kAsIs).data, nullptr);
  EXPECT_EQ(heap.Allocate(SIZE_MAX, 1, kAsIs).data, nullptr);
  EXPECT_EQ(heap.stats().exhausted, 2u);
  EXPECT_EQ(heap.stats().last_exhaustion.short_by, SIZE_MAX);
  EXPECT_EQ(heap.Free({&something, sizeof(something)}, kNever),
            AllocatorError::kNotOwned);
  EXPECT_TRUE(heap.Aligns(1));
  EXPECT_FALSE(heap.Aligns(2));
  EXPECT_EQ(heap.LargestFree(), 0u);
  EXPECT_TRUE(IsValid(heap));
}

class FirstFitHeapAttach : public testing::Test {
 protected:
  FirstFitTable GoodTable() {
    return {.slots = table_, .bytes = sizeof(table_), .count = 4, .unit = 24};
  }
  FirstFitPart GoodPart() {
    FirstFitPart part;
    part.base = pool_;
    part.bytes = sizeof(pool_);
    return part;
  }
  AllocatorError AttachWith(const FirstFitTable& table) {
    part_ = GoodPart();
    return heap_.Attach(table, &part_);
  }

  alignas(64) uint8_t pool_[1024];
  alignas(16) uint64_t table_[8];
  FirstFitPart part_;
  FirstFitHeap heap_;
};

TEST_F(FirstFitHeapAttach, EachReasonIsNamed) {
  EXPECT_EQ(AttachWith(GoodTable()), kOk);
  FirstFitTable table = GoodTable();
  table.count = 0;
  EXPECT_EQ(AttachWith(table), AllocatorError::kZeroSlots);
  table = GoodTable();
  table.slots = nullptr;
  EXPECT_EQ(AttachWith(table), AllocatorError::kNullBuffer);
  table = GoodTable();
  table.unit = 0;
  EXPECT_EQ(AttachWith(table), AllocatorError::kBadAlignment);
  for (size_t offset = 1; offset < 8; ++offset) {
    table = GoodTable();
    table.slots = reinterpret_cast<uint8_t*>(table_) + offset;
    EXPECT_EQ(AttachWith(table), AllocatorError::kBadAlignment) << offset;
  }
  for (size_t count : {SIZE_MAX, SIZE_MAX / 16 + 1}) {
    table = GoodTable();
    table.count = count;
    table.bytes = SIZE_MAX;
    EXPECT_EQ(AttachWith(table), AllocatorError::kTooLarge) << count;
  }
  table = GoodTable();
  table.bytes -= 1;
  EXPECT_EQ(AttachWith(table), AllocatorError::kTooSmall);
  table = GoodTable();
  table.count = SIZE_MAX / 16;
  EXPECT_EQ(AttachWith(table), AllocatorError::kTooSmall);
  table = GoodTable();
  table.unit = 1025;
  EXPECT_EQ(AttachWith(table), AllocatorError::kTooSmall);
}

TEST_F(FirstFitHeapAttach, EachReasonOfThePartIsNamed) {
  FirstFitPart part = GoodPart();
  part.bytes = 0;
  EXPECT_EQ(heap_.Attach(GoodTable(), &part), AllocatorError::kZeroBytes);
  part = GoodPart();
  part.base = nullptr;
  EXPECT_EQ(heap_.Attach(GoodTable(), &part), AllocatorError::kNullBuffer);
  for (size_t bytes : {SIZE_MAX, SIZE_MAX / 2 + 1}) {
    part = GoodPart();
    part.bytes = bytes;
    EXPECT_EQ(heap_.Attach(GoodTable(), &part), AllocatorError::kTooLarge);
  }
  part = GoodPart();
  part.base = reinterpret_cast<void*>(-uintptr_t{512});
  EXPECT_EQ(heap_.Attach(GoodTable(), &part), AllocatorError::kTooLarge);
  part = GoodPart();
  part.bytes = 23;
  EXPECT_EQ(heap_.Attach(GoodTable(), &part), AllocatorError::kTooSmall);
  part.bytes = 24;
  EXPECT_EQ(heap_.Attach(GoodTable(), &part), kOk);
}

// A slot at any address divisible by 8 will do.
TEST_F(FirstFitHeapAttach, TheTableIsAlignedToEight) {
  FirstFitTable table = GoodTable();
  table.slots = table_ + 1;
  table.bytes = 48;
  table.count = 3;
  EXPECT_EQ(AttachWith(table), kOk);
  EXPECT_EQ(heap_.Allocate(24, 8, kAsIs).data, pool_);
}

TEST_F(FirstFitHeapAttach, ARefusalLeavesTheHeapAsItWas) {
  ASSERT_EQ(AttachWith(GoodTable()), kOk);
  const FirstFitBlock block = heap_.Allocate(100, 1, kAsIs);
  FirstFitTable table = GoodTable();
  table.count = 0;
  FirstFitPart other = GoodPart();
  ASSERT_EQ(heap_.Attach(table, &other), AllocatorError::kZeroSlots);
  other.bytes = 0;
  ASSERT_EQ(heap_.Attach(GoodTable(), &other), AllocatorError::kZeroBytes);
  EXPECT_EQ(heap_.stats().in_use_bytes, 120u);
  EXPECT_TRUE(IsValid(heap_));
  EXPECT_EQ(heap_.Free(block, kNever), kOk);
}

TEST_F(FirstFitHeapAttach, AttachAgainStartsOver) {
  ASSERT_EQ(AttachWith(GoodTable()), kOk);
  EXPECT_NE(heap_.Allocate(100, 1, kAsIs).data, nullptr);
  EXPECT_EQ(heap_.Allocate(2000, 1, kAsIs).data, nullptr);
  FirstFitTable table = GoodTable();
  table.unit = 1;
  ASSERT_EQ(AttachWith(table), kOk);
  EXPECT_EQ(heap_.stats().in_use_bytes, 0u);
  EXPECT_EQ(heap_.stats().exhausted, 0u);
  EXPECT_EQ(heap_.stats().high_water_bytes, 0u);
  EXPECT_EQ(heap_.stats().unit_bytes, 1u);
  EXPECT_EQ(heap_.LargestFree(), 1024u);
  EXPECT_EQ(heap_.Allocate(100, 1, kAsIs).data, pool_);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(FirstFitHeapAttach, ATailShorterThanAUnitIsNotUsed) {
  ASSERT_EQ(AttachWith(GoodTable()), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, 1008u);
  EXPECT_EQ(heap_.LargestFree(), 1008u);
  EXPECT_EQ(heap_.Allocate(1009, 1, kAsIs).data, nullptr);
  EXPECT_EQ(heap_.Free({pool_ + 1008, 16}, kNever), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Allocate(1008, 1, kAsIs).data, pool_);
}

TEST(FirstFitHeapTest, NoBytesAreNoBlockAndNotCounted) {
  TestFirstFitHeap heap({.pool_bytes = kKiB, .slots = 4});
  EXPECT_EQ(heap.Allocate(0).data, nullptr);
  EXPECT_EQ(heap->stats().exhausted, 0u);
  EXPECT_EQ(heap->stats().allocations, 0u);
  EXPECT_EQ(heap->LargestFree(), kKiB);
}

TEST(FirstFitHeapTest, BlocksAreWholeUnitsOfAnySize) {
  for (size_t unit : {1, 2, 3, 8, 12, 16, 24, 100, 256}) {
    TestFirstFitHeap heap({.pool_bytes = 64 * kKiB, .slots = 4, .unit = unit});
    size_t offset = 0;
    for (size_t bytes : {1, 2, 3, 7, 8, 24, 25, 99, 100, 101, 256, 1000}) {
      const FirstFitBlock block = heap.Allocate(bytes);
      ASSERT_EQ(block.data, heap.base() + offset) << bytes << " by " << unit;
      ASSERT_EQ(block.bytes, (bytes + unit - 1) / unit * unit);
      ASSERT_TRUE(IsValid(*heap));
      offset += block.bytes;
    }
  }
}

TEST(FirstFitHeapTest, SeedParity_Row13_ANearFitSaysWhatItHas) {
  for (size_t unit : {1, 24}) {
    TestFirstFitHeap heap(
        {.pool_bytes = kKiB * unit, .slots = 4, .unit = unit});
    const FirstFitBlock block = heap.Allocate(41 * unit);
    ASSERT_EQ(heap.Free(block), kOk);
    const FirstFitBlock near_fit = heap.Allocate(10 * unit);
    EXPECT_EQ(near_fit.data, block.data);
    EXPECT_EQ(near_fit.bytes, 41 * unit);
    EXPECT_EQ(heap->stats().in_use_bytes, 41 * unit);
    ASSERT_EQ(heap.Free(near_fit), kOk);
    EXPECT_EQ(heap.Allocate(9 * unit).bytes, 9 * unit);
    EXPECT_TRUE(IsValid(*heap));
  }
}

TEST(FirstFitHeapTest, SeedParity_Row24_NothingIsKeptInThePool) {
  TestFirstFitHeap heap({.pool_bytes = 1000, .slots = 1});
  for (size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(heap.Allocate(1).data, heap.base() + i);
  }
  EXPECT_EQ(heap.Allocate(1).data, nullptr);
  EXPECT_EQ(heap->stats().in_use_bytes, 1000u);
  EXPECT_TRUE(IsAll(heap.base(), 0xA5, 1000));
  EXPECT_TRUE(IsValid(*heap));
}

TEST(FirstFitHeapTest, SeedParity_Row25_TwoHundredMiBAndAMebiOfSlots) {
  constexpr size_t kBytes = 200 * kMiB;
  constexpr size_t kSlots = size_t{1} << 20;
  constexpr size_t kEach = kBytes / kSlots;
  const std::unique_ptr<void, void (*)(void*)> pool(std::calloc(kBytes, 1),
                                                    std::free);
  const auto table = std::make_unique<SlotBlock[]>(kSlots);
  FirstFitPart part;
  part.base = pool.get();
  part.bytes = kBytes;
  FirstFitHeap heap;
  ASSERT_EQ(heap.Attach({.slots = table.get(),
                         .bytes = FirstFit::TableBytes(kSlots),
                         .count = kSlots},
                        &part),
            kOk);
  EXPECT_EQ(heap.stats().pool_bytes, kBytes);
  std::vector<FirstFitBlock> blocks;
  for (size_t i = 0; i < kSlots; ++i) {
    blocks.push_back(heap.Allocate(kEach, 1, kAsIs));
    ASSERT_EQ(blocks.back().bytes, kEach);
  }
  EXPECT_EQ(heap.Allocate(1, 1, kAsIs).data, nullptr);
  EXPECT_EQ(heap.slots().start(), kSlots);
  for (const FirstFitBlock& block : blocks) {
    ASSERT_EQ(heap.Free(block, kNever), kOk);
  }
  EXPECT_EQ(heap.slots().start(), 0u);
  EXPECT_EQ(heap.stats().lost_bytes, 0u);
  EXPECT_EQ(heap.slots().FreeUnits(), kBytes);
}

TEST(FirstFitHeapTest, AnAlignmentIsHadIffItDividesTheUnitAndTheBase) {
  for (size_t base_alignment : {1, 16, 256}) {
    for (size_t unit : {1, 8, 24, 64, 512}) {
      TestFirstFitHeap heap({.pool_bytes = 8 * kKiB,
                             .slots = 4,
                             .unit = unit,
                             .base_alignment = base_alignment});
      for (size_t alignment = 1; alignment != 0; alignment *= 2) {
        const bool has =
            base_alignment % alignment == 0 && unit % alignment == 0;
        EXPECT_EQ(heap->Aligns(alignment), has) << alignment << " of " << unit;
        const FirstFitBlock block = heap->Allocate(3, alignment, kAsIs);
        EXPECT_EQ(block.data != nullptr, has);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(block.data) % alignment, 0u);
      }
      for (size_t alignment : {size_t{0}, size_t{3}, size_t{24}, SIZE_MAX}) {
        EXPECT_FALSE(heap->Aligns(alignment));
        EXPECT_EQ(heap->Allocate(3, alignment, kAsIs).data, nullptr);
      }
      EXPECT_EQ(heap->stats().exhausted, 0u);
      EXPECT_TRUE(IsValid(*heap));
    }
  }
}

TEST(FirstFitHeapTest, ImpossibleSizesAreRefusedNotWrapped) {
  for (size_t unit : {1, 16, 24}) {
    TestFirstFitHeap heap({.pool_bytes = 960, .slots = 4, .unit = unit});
    ASSERT_EQ(heap.Free(heap.Allocate(24)), kOk);
    for (size_t bytes :
         {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 23, SIZE_MAX - 40,
          SIZE_MAX / 2 + 1, size_t{1} << 32, size_t{961}}) {
      EXPECT_EQ(heap.Allocate(bytes).data, nullptr) << bytes << " by " << unit;
      const size_t rest = bytes % unit;
      const size_t up = rest == 0 ? 0 : unit - rest;
      const size_t rounded = bytes > SIZE_MAX - up ? SIZE_MAX : bytes + up;
      const Exhaustion& last = heap->stats().last_exhaustion;
      EXPECT_EQ(last.asked, bytes);
      EXPECT_EQ(last.short_by, rounded - heap->LargestFree());
      EXPECT_NE(heap.Allocate(1).data, nullptr);
      EXPECT_TRUE(IsValid(*heap));
    }
  }
}

TEST(FirstFitHeapTest, NeverTouchesMemoryThatItNeitherZeroesNorScrubs) {
  TestFirstFitHeap heap({.pool_bytes = 8 * kKiB, .slots = 3, .unit = 8});
  std::vector<FirstFitBlock> blocks;
  for (size_t bytes = 1; bytes < 300; bytes += 17) {
    blocks.push_back(heap.Allocate(bytes));
    blocks.push_back(heap->Allocate(bytes, 1, Fill::kFunction));
  }
  for (const FirstFitBlock& block : blocks) ASSERT_EQ(heap.Free(block), kOk);
  EXPECT_GT(heap->stats().lost_bytes, 0u);
  EXPECT_TRUE(IsAll(heap.base(), 0xA5, 8 * kKiB));
}

}  // namespace
}  // namespace cellblock
