// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A zeroed block is zero in every byte, whatever happened before, and nothing
// is cleared that is known to be zero.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kPool = 4 * kKiB;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

// After each way in which the ancestor handed out what was in use before.
class HeapZero : public testing::TestWithParam<Content> {
 protected:
  // A zeroed block, which is then made dirty in all that is usable.
  void* TakeZeroed(size_t bytes, size_t alignment = 1) {
    void* const block = heap_->Allocate(bytes, alignment, Fill::kZeroed);
    EXPECT_NE(block, nullptr) << bytes;
    if (block == nullptr) return nullptr;
    const size_t usable = heap_->UsableSize(block);
    EXPECT_TRUE(IsAll(block, 0, usable)) << bytes;
    EXPECT_TRUE(IsValid(*heap_));
    std::memset(block, 0xEE, usable);
    return block;
  }

  void Free(void* block) {
    EXPECT_EQ(heap_->Free(block), kOk);
    EXPECT_TRUE(IsValid(*heap_));
  }

  // Merges what is parked.
  void Settle() { EXPECT_EQ(heap_->Allocate(2 * kPool, 1, kAsIs), nullptr); }

  TestHeap heap_{kPool, 16, GetParam()};
};

INSTANTIATE_TEST_SUITE_P(EveryContent, HeapZero,
                         testing::Values(Content::kZero, Content::kUnknown),
                         [](const testing::TestParamInfo<Content>& content) {
                           return content.param == Content::kZero ? "Zero"
                                                                  : "Unknown";
                         });

TEST_P(HeapZero,
       SeedParity_Row27_DirtyAfterThePoolWasConsumedByOneBlockAndFreed) {
  for (int round = 0; round < 3; ++round) Free(TakeZeroed(kPool));
  Settle();
  Free(TakeZeroed(kPool));
  TakeZeroed(10);
  TakeZeroed(1000, 256);
  TakeZeroed(2000);
}

TEST_P(HeapZero, SeedParity_Row27_DirtyAfterTheEndWasConsumedBesideAFreeBlock) {
  void* const first = TakeZeroed(1008);
  TakeZeroed(16);
  Free(first);
  void* const last = TakeZeroed(kPool - 1024);
  EXPECT_EQ(last, heap_.base() + 1024);
  TakeZeroed(512);
  TakeZeroed(496);
  Free(last);
  TakeZeroed(kPool - 1024 - 16);
  TakeZeroed(16);
}

TEST_P(HeapZero, SeedParity_Row27_DirtyAfterABlockWasParkedMergedAndCutAgain) {
  void* const a = TakeZeroed(1008);
  void* const b = TakeZeroed(1008);
  void* const c = TakeZeroed(1008);
  Free(a);
  Free(b);  // a is merged
  EXPECT_EQ(TakeZeroed(1008), b);
  Free(b);
  Free(c);  // b too
  EXPECT_EQ(TakeZeroed(2016), a);
  Free(a);
  Settle();
  // Half of it was never used.
  EXPECT_EQ(TakeZeroed(kPool - 16), a);
  TakeZeroed(16);
}

TEST_P(HeapZero, SeedParity_Row27_DirtyInTheLeadOfAnAlignedBlock) {
  TakeZeroed(16);
  TakeZeroed(100, 512);
  void* const lead = heap_->Allocate(480, 1, kAsIs);
  std::memset(lead, 0xEE, 480);
  Free(lead);
  TakeZeroed(480);
}

TEST_P(HeapZero, SeedParity_Row27_EveryPieceIsZero) {
  Free(TakeZeroed(3000));
  uint8_t* const pieces =
      static_cast<uint8_t*>(heap_->AllocateDivided(3000, 512, Fill::kZeroed));
  ASSERT_NE(pieces, nullptr);
  EXPECT_TRUE(IsAll(pieces, 0, 3072));
  std::memset(pieces, 0xEE, 3072);
  for (int i : {1, 5, 3, 0, 2, 4}) Free(pieces + i * 512);
  TakeZeroed(kPool);
}

// The same calls with the same contents give the same blocks.
TEST_P(HeapZero, SeedParity_Row27_OutputIsDeterministic) {
  const uint64_t seed = TestSeed();
  std::vector<std::vector<uint64_t>> runs;
  for (int run = 0; run < 2; ++run) {
    TestHeap heap(kPool, 16, GetParam(), 4096);
    Random random(seed);
    std::vector<uint64_t> output;
    std::vector<std::pair<void*, size_t>> live;
    for (int step = 0; step < 2'000; ++step) {
      if (random.OneIn(2) && !live.empty()) {
        std::swap(live[random.Below(static_cast<uint32_t>(live.size()))],
                  live.back());
        ASSERT_EQ(heap->Free(live.back().first), kOk);
        live.pop_back();
        continue;
      }
      const size_t bytes = random.Below(300);
      const size_t alignment = size_t{1} << random.Below(9);
      uint8_t* const block = static_cast<uint8_t*>(
          heap->Allocate(bytes, alignment, Fill::kZeroed));
      output.push_back(block == nullptr ? ~uint64_t{0} : block - heap.base());
      if (block == nullptr) continue;
      const size_t usable = heap->UsableSize(block);
      for (size_t i = 0; i < usable; i += 8) {
        uint64_t word = 0;
        std::memcpy(&word, block + i, sizeof(word));
        output.push_back(word);
      }
      std::memset(block, static_cast<int>(random.Next()), usable);
      live.emplace_back(block, usable);
    }
    runs.push_back(output);
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST(HeapZeroTest, SeedParity_Row27_ZeroedBlocksAreZeroAfterAnyUse) {
  for (Content content : {Content::kZero, Content::kUnknown}) {
    TestHeap heap(4 * kKiB, 16, content);
    // The whole pool in one block, twice: nothing is fresh the second time.
    for (int round = 0; round < 3; ++round) {
      void* const block = heap->Allocate(4 * kKiB, 1, Fill::kZeroed);
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(IsAll(block, 0, 4 * kKiB)) << round;
      std::memset(block, 0xEE, 4 * kKiB);
      ASSERT_EQ(heap->Free(block), kOk);
    }
  }
}

TEST(HeapZeroTest, AnUninitializedGrowthIsRememberedAsDirty) {
  TestHeap heap(4 * kKiB, 16, Content::kZero);
  void* const block = heap->Allocate(16, 1, kAsIs);
  ASSERT_TRUE(heap->ResizeInPlace(block, 1000));
  std::memset(block, 0xEE, heap->UsableSize(block));
  ASSERT_TRUE(heap->ResizeInPlace(block, 16));
  void* const next = heap->Allocate(3000, 1, Fill::kZeroed);
  ASSERT_NE(next, nullptr);
  EXPECT_TRUE(IsAll(next, 0, heap->UsableSize(next)));
}

// What was never handed out is known to be zero, so it is not written: a
// poison put there by the test comes through.
TEST(HeapZeroTest, SeedParity_Row27_MemoryAboveTheHighWaterMarkIsNotCleared) {
  TestHeap heap(4 * kKiB, 16, Content::kZero);
  std::memset(heap.base(), 0x77, 4 * kKiB);
  ASSERT_EQ(heap->Free(heap->Allocate(1024, 1, kAsIs)), kOk);
  void* const block = heap->Allocate(2048, 1, Fill::kZeroed);
  ASSERT_EQ(block, heap.base());
  EXPECT_TRUE(IsAll(block, 0, 1024));
  EXPECT_TRUE(IsAll(heap.base() + 1024, 0x77, 3072));
  EXPECT_NE(heap->AllocateDivided(1024, 512, Fill::kZeroed), nullptr);
  EXPECT_TRUE(IsAll(heap.base() + 1024, 0x77, 3072));
}

// Nor is it in the block that begins below the mark, or lies beyond a lead.
TEST(HeapZeroTest, SeedParity_Row27_OnlyWhatWasUsedIsCleared) {
  TestHeap heap(kPool, 16, Content::kZero, 4096);
  std::memset(heap.base(), 0x77, kPool);
  void* const a = heap->Allocate(100, 1, kAsIs);
  void* const b = heap->Allocate(100, 1, kAsIs);
  ASSERT_EQ(heap->Free(b), kOk);
  // The last unit of b was used; the one behind it was not.
  EXPECT_EQ(heap->Allocate(150, 1, Fill::kZeroed), b);
  EXPECT_TRUE(IsAll(b, 0, 112));
  EXPECT_TRUE(IsAll(heap.base() + 224, 0x77, kPool - 224));
  void* const aligned = heap->Allocate(64, 1024, Fill::kZeroed);
  EXPECT_EQ(aligned, heap.base() + 1024);
  EXPECT_TRUE(IsAll(aligned, 0x77, 64));
  EXPECT_TRUE(IsAll(a, 0x77, 112));
  EXPECT_TRUE(IsValid(*heap));
}

TEST(HeapZeroTest, NeverTouchesMemoryThatItDoesNotZero) {
  TestHeap heap(4 * kKiB, 16, Content::kUnknown);
  std::vector<void*> blocks;
  for (size_t bytes = 1; bytes < 300; bytes += 17) {
    blocks.push_back(heap->Allocate(bytes, 1, kAsIs));
  }
  for (void* block : blocks) ASSERT_EQ(heap->Free(block), kOk);
  EXPECT_TRUE(IsAll(heap.base(), 0xA5, 4 * kKiB));
}

}  // namespace
}  // namespace cellblock
