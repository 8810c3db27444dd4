// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Zeroed blocks are zero under every history, and what was never touched is not
// cleared again.

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

class ThreadHeapZero : public testing::TestWithParam<Content> {
 protected:
  TestPool pool_{{.bytes = 16 * kMiB, .content = GetParam()}};
  TestHeap heap_{&pool_};
};

INSTANTIATE_TEST_SUITE_P(Pools, ThreadHeapZero,
                         testing::Values(Content::kZero, Content::kUnknown),
                         [](const auto& content) {
                           return content.param == Content::kZero ? "OfZeros"
                                                                  : "OfOther";
                         });

TEST_P(ThreadHeapZero, EverySizeIsZeroThroughoutAlsoWhenItIsReused) {
  pool_.CheckEvery(100);
  for (size_t bytes = 0; bytes <= 5 * kMaxClassBytes; bytes += 1 + bytes / 11) {
    for (int i = 0; i < 3; ++i) {
      char* const block = heap_.AllocateZeroed(bytes);
      ASSERT_NE(block, nullptr) << bytes;
      const size_t usable = heap_.UsableSize(block);
      ASSERT_TRUE(IsAll(block, 0, usable)) << bytes << ", " << i;
      memset(block, 0xEE, usable);
      heap_.Free(block);
    }
  }
}

// Whatever the memory was before: other sizes, spans, pages of mappings.
TEST_P(ThreadHeapZero, MemoryIsZeroWhateverItWasBefore) {
  pool_.CheckEvery(100);
  Random random(TestSeed());
  std::vector<char*> blocks;
  int dirty = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (blocks.size() > 200 || (!blocks.empty() && random.OneIn(3))) {
      std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
                blocks.back());
      heap_.Free(blocks.back());
      blocks.pop_back();
      continue;
    }
    const size_t bytes = random.LogUniform(18);
    if (random.OneIn(50)) {
      char* const pages =
          static_cast<char*>(pool_->TryPages(bytes, Fill::kZeroed));
      if (pages == nullptr) continue;
      const size_t whole = PagesFor(bytes) * kPageBytes;
      ASSERT_TRUE(IsAll(pages, 0, whole));
      memset(pages, 0xEE, whole);
      ASSERT_EQ(pool_->FreePages(pages, pages + whole), whole);
      continue;
    }
    const bool zeroed = random.OneIn(2);
    char* const block =
        zeroed ? heap_.AllocateZeroed(bytes) : heap_.Allocate(bytes);
    ASSERT_NE(block, nullptr);
    blocks.push_back(block);
    const size_t usable = heap_.UsableSize(block);
    const bool is_zero = IsAll(block, 0, usable);
    ASSERT_TRUE(is_zero || !zeroed) << bytes << ", step " << step;
    dirty += !is_zero;
    memset(block, 0xEE, usable);
  }
  heap_.FreeAll(&blocks);
  for (int i = 0; i < 100; ++i) {
    for (const size_t bytes : {16, 300, 3000, 40'000, 140'000}) {
      char* const block = heap_.AllocateZeroed(bytes);
      if (block == nullptr) break;
      blocks.push_back(block);
      ASSERT_TRUE(IsAll(block, 0, heap_.UsableSize(block))) << bytes;
    }
  }
  EXPECT_GT(dirty, 1000);  // or this would say nothing
}

TEST_P(ThreadHeapZero, AlsoWhereOnlyALargerBlockIsLeft) {
  TestPool pool({.bytes = 64 * kPageBytes, .content = GetParam()});
  pool.CheckEvery(16);
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  heap.Fill(80, &blocks);
  ASSERT_GT(blocks.size(), 1000u);
  for (char* const block : blocks) memset(block, 0xEE, 80);
  for (int i = 0; i < 10; ++i) {
    heap.Free(blocks.back());
    blocks.pop_back();
  }
  char* const block = heap.AllocateZeroed(64);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(heap.UsableSize(block), 80u);
  EXPECT_TRUE(IsAll(block, 0, 80));
}

// A pool that is said to be zero, and is not: so it shows what is cleared.
class ThreadHeapUntouched : public testing::Test {
 protected:
  ThreadHeapUntouched() { memset(pool_.begin(), 0x5C, pool_.bytes()); }

  TestPool pool_{{.bytes = 16 * kMiB, .content = Content::kZero}};
  TestHeap heap_{&pool_};
};

TEST_F(ThreadHeapUntouched, SpanThatWasNeverUsedIsNotCleared) {
  constexpr size_t kBytes = 100 * kPageBytes;
  char* const span = heap_.AllocateZeroed(kBytes);
  EXPECT_TRUE(IsAll(span, 0x5C, kBytes));
  heap_.Free(span);
  // The second time it is.
  ASSERT_EQ(heap_.AllocateZeroed(kBytes), span);
  EXPECT_TRUE(IsAll(span, 0, kBytes));
}

TEST_F(ThreadHeapUntouched, OnlyTheUsedPartOfASpanIsCleared) {
  char* const used = heap_.Allocate(300 * kPageBytes);
  heap_.Free(used);
  pool_->Reclaim();
  char* const span = heap_.AllocateZeroed(500 * kPageBytes);
  ASSERT_EQ(span, used);
  EXPECT_TRUE(IsAll(span, 0, 300 * kPageBytes));
  EXPECT_TRUE(IsAll(span + 300 * kPageBytes, 0x5C, 200 * kPageBytes));
}

TEST_F(ThreadHeapUntouched, WhatASpanGrewIntoCountsAsUsed) {
  char* const span = heap_.AllocateZeroed(200 * kPageBytes);
  ASSERT_EQ(heap_.Reallocate(span, 400 * kPageBytes), span);
  memset(span, 0xEE, 400 * kPageBytes);
  heap_.Free(span);
  pool_->Reclaim();
  ASSERT_EQ(heap_.AllocateZeroed(400 * kPageBytes), span);
  EXPECT_TRUE(IsAll(span, 0, 400 * kPageBytes));
}

// Blocks of more than half a page are cut off one by one, and of what was
// never in a list only the link was written.
TEST_F(ThreadHeapUntouched, LargeBlockOfAFreshSlabIsNotCleared) {
  for (const size_t bytes : {size_t{2304}, size_t{5000}, kMaxClassBytes}) {
    char* const block = heap_.AllocateZeroed(bytes);
    EXPECT_TRUE(IsAll(block, 0, sizeof(uintptr_t)));
    const size_t rest = heap_.UsableSize(block) - sizeof(uintptr_t);
    EXPECT_TRUE(IsAll(block + sizeof(uintptr_t), 0x5C, rest)) << bytes;
    memset(block, 0xEE, heap_.UsableSize(block));
    heap_.Free(block);
    ASSERT_EQ(heap_.AllocateZeroed(bytes), block);
    EXPECT_TRUE(IsAll(block, 0, heap_.UsableSize(block))) << bytes;
  }
}

// Many of them share a page, and their neighbours are written to.
TEST_F(ThreadHeapUntouched, SmallBlockIsAlwaysCleared) {
  for (size_t bytes = 1; bytes <= 2048; bytes += 99) {
    char* const block = heap_.AllocateZeroed(bytes);
    EXPECT_TRUE(IsAll(block, 0, heap_.UsableSize(block))) << bytes;
  }
}

TEST_F(ThreadHeapUntouched, SlabThatWasUsedBeforeIsClearedBlockByBlock) {
  std::vector<char*> blocks;
  for (int i = 0; i < 40; ++i) {
    blocks.push_back(heap_.Allocate(5000));
    memset(blocks.back(), 0xEE, heap_.UsableSize(blocks.back()));
  }
  heap_.FreeAll(&blocks);
  heap_.Close();
  heap_.Open();
  ASSERT_EQ(pool_.InUse(), 0u);
  for (int i = 0; i < 40; ++i) {
    char* const block = heap_.AllocateZeroed(4000);
    ASSERT_TRUE(IsAll(block, 0, heap_.UsableSize(block))) << i;
  }
}

// A span was fresh when it was handed out, and is not when a slab is made of
// it.
TEST_F(ThreadHeapUntouched, SlabOfPagesThatWereASpanIsCleared) {
  constexpr size_t kBytes = 32 * kPageBytes;
  TestPool pool({.bytes = 128 * kMiB, .content = Content::kZero});
  pool.CheckEvery(0);
  TestHeap heap(&pool);
  heap.Allocate(2 * kMiB);  // so much is in use that slabs may be large
  char* const span = heap.Allocate(kBytes);
  memset(span, 0xEE, kBytes);
  heap.Free(span);
  int inside = 0;
  for (int i = 0; i < 200; ++i) {  // until a slab has 32 pages
    char* const block = heap.AllocateZeroed(kPageBytes);
    inside += block >= span && block < span + kBytes;
    ASSERT_TRUE(IsAll(block, 0, kPageBytes)) << i;
  }
  EXPECT_EQ(inside, 32);
}

TEST_F(ThreadHeapUntouched, AnotherBlockThanTheUntouchedOneIsCleared) {
  // The slab is fresh, but what it hands out first came back to it.
  char* const first = heap_.Allocate(3000);
  heap_.Allocate(3000);
  memset(first, 0xEE, 3072);
  heap_.Free(first);
  char* const again = heap_.AllocateZeroed(3000);
  ASSERT_EQ(again, first);
  EXPECT_TRUE(IsAll(again, 0, 3072));
}

}  // namespace
}  // namespace cellblock
