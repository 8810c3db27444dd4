// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A zeroed block is zero in every byte, whatever happened before. The ancestor
// breaks this in three ways; here each has its test, and then come random
// histories.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/first_fit_heap.h"
#include "tests/allocator/first_fit_heap_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr size_t kPool = 1000;

class FirstFitHeapZero : public testing::TestWithParam<Content> {
 protected:
  TestFirstFitHeap MakeHeap(size_t slots) {
    return TestFirstFitHeap(
        {.pool_bytes = kPool, .slots = slots, .content = GetParam()});
  }

  // A zeroed block, which is then made dirty.
  static FirstFitBlock TakeZeroed(TestFirstFitHeap& heap, size_t bytes) {
    const FirstFitBlock block = heap.Allocate(bytes, Fill::kZeroed);
    EXPECT_NE(block.data, nullptr);
    EXPECT_TRUE(IsAll(block.data, 0, block.bytes));
    EXPECT_TRUE(IsValid(*heap));
    Paint(block, 0xEE);
    return block;
  }
};

TEST_P(FirstFitHeapZero, TheFirstBlocksOfThePoolAreZero) {
  TestFirstFitHeap heap = MakeHeap(4);
  for (size_t bytes : {1, 99, 400, 500}) TakeZeroed(heap, bytes);
  EXPECT_EQ(heap->stats().in_use_bytes, kPool);
}

TEST_P(FirstFitHeapZero, DirtyAfterThePoolWasConsumedByOneBlockAndFreed) {
  TestFirstFitHeap heap = MakeHeap(4);
  for (int round = 0; round < 3; ++round) {
    const FirstFitBlock block = TakeZeroed(heap, kPool);
    ASSERT_EQ(heap->slots().start(), 4u);
    ASSERT_EQ(heap.Free(block), kOk);
    ASSERT_EQ(heap->slots().start(), 3u);
  }
  TakeZeroed(heap, 10);
}

TEST_P(FirstFitHeapZero, DirtyAfterTheWildernessWasConsumedBesideAnotherBlock) {
  TestFirstFitHeap heap = MakeHeap(4);
  const FirstFitBlock block = TakeZeroed(heap, 300);
  ASSERT_EQ(heap.Free(block), kOk);
  TakeZeroed(heap, 700);
  // The freed block is in the last slot now.
  ASSERT_EQ(heap->slots().SlotAt(3).units, 300u);
  TakeZeroed(heap, 290);
  TakeZeroed(heap, 10);
}

TEST_P(FirstFitHeapZero, DirtyAfterTheWildernessWasEvicted) {
  TestFirstFitHeap heap = MakeHeap(2);
  const FirstFitBlock a = TakeZeroed(heap, 500);
  const FirstFitBlock b = TakeZeroed(heap, 490);
  ASSERT_EQ(heap.Free(a), kOk);
  ASSERT_EQ(heap.Free(b), kOk);
  EXPECT_EQ(heap->stats().lost_bytes, 10u);
  ASSERT_EQ(heap->slots().SlotAt(1).units, 490u);
  TakeZeroed(heap, 500);
  TakeZeroed(heap, 100);
  TakeZeroed(heap, 390);
}

// A part of the wilderness that was in use, and a part that was not.
TEST_P(FirstFitHeapZero, DirtyInTheFrontOfThePool) {
  TestFirstFitHeap heap = MakeHeap(4);
  ASSERT_EQ(heap.Free(TakeZeroed(heap, 32)), kOk);
  const FirstFitBlock block = TakeZeroed(heap, 1);
  EXPECT_EQ(block.bytes, 32u);
  TakeZeroed(heap, 968);
}

TEST_P(FirstFitHeapZero, UninitializedBlocksAreRememberedAsDirty) {
  TestFirstFitHeap heap = MakeHeap(4);
  const FirstFitBlock block = heap.Allocate(600);
  Paint(block, 0xEE);
  ASSERT_EQ(heap.Free(block), kOk);
  TakeZeroed(heap, 100);
  TakeZeroed(heap, 500);
}

// A heap attached to a used pool knows nothing of what was there.
TEST_P(FirstFitHeapZero, SeedParity_Row23_ASecondHeapOverTheSamePool) {
  TestFirstFitHeap heap = MakeHeap(4);
  TakeZeroed(heap, kPool);
  FirstFitPart part;
  part.base = heap.base();
  part.bytes = kPool;
  SlotBlock table[2];
  ASSERT_EQ(
      heap->Attach({.slots = table, .bytes = sizeof(table), .count = 2}, &part),
      kOk);
  TakeZeroed(heap, 900);
}

INSTANTIATE_TEST_SUITE_P(EveryContent, FirstFitHeapZero,
                         testing::Values(Content::kZero, Content::kUnknown),
                         [](const testing::TestParamInfo<Content>& content) {
                           return content.param == Content::kZero ? "Zero"
                                                                  : "Unknown";
                         });

// What was never handed out is known to be zero, so it is not written: a
// poison put there by the test comes through.
TEST(FirstFitHeapZeroTest, MemoryAboveTheHighWaterMarkIsNotCleared) {
  TestFirstFitHeap heap(
      {.pool_bytes = kPool, .slots = 4, .content = Content::kZero});
  std::memset(heap.base(), 0x77, kPool);
  ASSERT_EQ(heap.Free(heap.Allocate(300)), kOk);
  EXPECT_EQ(heap.Allocate(300, Fill::kZeroed).data, heap.base());
  EXPECT_EQ(heap.Allocate(700, Fill::kZeroed).data, heap.base() + 300);
  EXPECT_TRUE(IsAll(heap.base(), 0, 300));
  EXPECT_TRUE(IsAll(heap.base() + 300, 0x77, 700));
}

TEST(FirstFitHeapZeroTest, MemoryOfUnknownContentIsAlwaysCleared) {
  TestFirstFitHeap heap({.pool_bytes = kPool, .slots = 4});
  EXPECT_EQ(heap.Allocate(300, Fill::kZeroed).data, heap.base());
  EXPECT_TRUE(IsAll(heap.base(), 0, 300));
  EXPECT_TRUE(IsAll(heap.base() + 300, 0xA5, 700));
}

struct Painted {
  FirstFitBlock block;
  uint8_t color;
};

// Zeroed blocks are zero, and each block keeps its paint until it is freed.
void PaintAndCheck(const FirstFitSetting& setting, uint64_t seed) {
  TestFirstFitHeap heap(setting);
  Random random(seed);
  std::vector<Painted> live;
  uint8_t color = 0;
  uint64_t served = 0;
  for (int step = 0; step < 4'000; ++step) {
    if (random.OneIn(400)) {
      // Starts over, as the slots lose everything in the end.
      live.clear();
      std::memset(heap.base(), setting.content == Content::kZero ? 0 : 0xA5,
                  setting.pool_bytes);
      ASSERT_EQ(heap->Attach({.slots = heap.table(),
                              .bytes = heap.words() * sizeof(uint64_t),
                              .count = setting.slots,
                              .unit = setting.unit},
                             &heap.part()),
                kOk);
    } else if (random.Below(10) < 6) {
      const Fill fill = random.OneIn(3) ? Fill::kUninitialized : Fill::kZeroed;
      const FirstFitBlock block = heap.Allocate(random.LogUniform(10), fill);
      if (block.data == nullptr) continue;
      ++served;
      if (fill == Fill::kZeroed) {
        ASSERT_TRUE(IsAll(block.data, 0, block.bytes)) << "step " << step;
      }
      if (++color == 0) ++color;
      live.push_back({block, color});
      Paint(block, color);
    } else if (!live.empty()) {
      const size_t k = random.Below(static_cast<uint32_t>(live.size()));
      const Painted painted = live[k];
      live[k] = live.back();
      live.pop_back();
      ASSERT_TRUE(
          IsAll(painted.block.data, painted.color, painted.block.bytes));
      const Scrub scrub = random.OneIn(4) ? Scrub::kOnFree : Scrub::kNever;
      ASSERT_EQ(heap.Free(painted.block, scrub), kOk);
    }
    ASSERT_TRUE(IsValid(*heap)) << "step " << step;
    ASSERT_EQ(heap->Validate().live_blocks, live.size());
  }
  EXPECT_GT(served, 400u);
}

TEST(FirstFitHeapZeroTest, BlocksKeepTheirPaintAndZeroedOnesAreZero) {
  uint64_t seed = TestSeed();
  for (Content content : {Content::kZero, Content::kUnknown}) {
    for (size_t unit : {1, 12, 16}) {
      for (size_t slots : {1, 2, 3, 5, 16, 64}) {
        PaintAndCheck({.pool_bytes = 8 * 1024,
                       .slots = slots,
                       .unit = unit,
                       .content = content},
                      seed++);
        if (testing::Test::HasFatalFailure()) {
          FAIL() << slots << " slots of units of " << unit;
        }
      }
    }
  }
}

}  // namespace
}  // namespace cellblock
