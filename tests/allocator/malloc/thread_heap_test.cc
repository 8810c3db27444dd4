// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What one thread is handed out and gives back, while there is room. Who owns
// a slab is in thread_heap_ownership_test.cc, what happens when there is none
// in thread_heap_ladder_test.cc.

#include "allocator/malloc/thread_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

class ThreadHeapTest : public testing::Test {
 protected:
  TestPool pool_{4 * kMiB};
  TestHeap heap_{&pool_};
};

TEST_F(ThreadHeapTest, EverySizeIsAlignedAndLargeEnough) {
  pool_.CheckEvery(64);
  for (size_t bytes = 0; bytes <= kMaxClassBytes + 4 * kPageBytes;
       bytes += bytes < 2 * kPageBytes ? 1 : 61) {
    char* const block = heap_.Allocate(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    const size_t usable = heap_.UsableSize(block);
    ASSERT_EQ(Address(block) % kBlockAlignment, 0u) << bytes;
    ASSERT_GE(usable, std::max<size_t>(bytes, 1)) << bytes;
    ASSERT_EQ(usable, bytes <= kMaxClassBytes ? ClassBytes(ClassOf(bytes))
                                              : PagesFor(bytes) * kPageBytes);
    memset(block, 0xEE, usable);
    heap_.Free(block);
  }
  heap_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(ThreadHeapTest, EveryAlignmentIsKeptForEverySize) {
  pool_.CheckEvery(256);
  for (size_t alignment = 1; alignment <= kMiB; alignment *= 2) {
    for (size_t bytes = 0; bytes <= 2 * kMaxClassBytes;
         bytes += bytes < 512 ? 1 : bytes / 7) {
      char* const block = heap_.Allocate(bytes, alignment);
      ASSERT_NE(block, nullptr) << bytes << ", " << alignment;
      ASSERT_EQ(Address(block) % alignment, 0u) << bytes << ", " << alignment;
      ASSERT_GE(heap_.UsableSize(block), bytes) << bytes << ", " << alignment;
      char* const zeroed = heap_.AllocateZeroed(bytes, alignment);
      ASSERT_NE(zeroed, nullptr) << bytes << ", " << alignment;
      ASSERT_EQ(Address(zeroed) % alignment, 0u) << bytes << ", " << alignment;
      ASSERT_TRUE(IsAll(zeroed, 0, bytes)) << bytes << ", " << alignment;
      memset(block, 0xEE, heap_.UsableSize(block));
      memset(zeroed, 0xEE, heap_.UsableSize(zeroed));
      heap_.Free(block);
      heap_.Free(zeroed);
    }
  }
  heap_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(ThreadHeapTest, EveryBlockOfAnAlignedSlabIsAligned) {
  pool_.CheckEvery(64);
  for (size_t alignment = 32; alignment <= kPageBytes; alignment *= 2) {
    for (const size_t bytes : {size_t{1}, alignment, 3 * alignment / 2}) {
      std::vector<char*> blocks;
      for (int i = 0; i < 100; ++i) {
        blocks.push_back(heap_.Allocate(bytes, alignment));
        ASSERT_EQ(Address(blocks.back()) % alignment, 0u);
      }
      heap_.FreeAll(&blocks);
    }
  }
}

TEST_F(ThreadHeapTest, EmptyBlocksAreDifferent) {
  std::set<char*> blocks;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(blocks.insert(heap_.Allocate(0)).second);
  }
  EXPECT_EQ(blocks.count(nullptr), 0u);
}

TEST_F(ThreadHeapTest, BlockFreedLastIsHandedOutFirst) {
  heap_.Allocate(100);
  char* const block = heap_.Allocate(100);
  heap_.Allocate(100);
  heap_.Free(block);
  EXPECT_EQ(heap_.Allocate(100), block);
}

TEST_F(ThreadHeapTest, BlockHoldsNoLinkWhenItIsHandedOut) {
  for (int i = 0; i < 1000; ++i) {
    char* const block = heap_.Allocate(32);
    EXPECT_FALSE(LooksFree(block));
    EXPECT_EQ(ReadLink(block), 0u);
  }
}

// Neighbours are painted, so whoever writes over an end is told.
TEST_F(ThreadHeapTest, UsableSizeIsThatOfTheBlockAlone) {
  struct Painted {
    char* block;
    size_t usable;
    char paint;
  };
  pool_.CheckEvery(64);
  std::vector<Painted> all;
  for (size_t bytes = 0; bytes <= kMaxClassBytes; bytes += 1 + bytes / 3) {
    for (int i = 0; i < 3; ++i) {
      Painted painted = {heap_.Allocate(bytes), 0,
                         static_cast<char>(all.size() % 250 + 1)};
      ASSERT_NE(painted.block, nullptr);
      painted.usable = heap_.UsableSize(painted.block);
      memset(painted.block, painted.paint, painted.usable);
      all.push_back(painted);
    }
  }
  for (const Painted& painted : all) {
    EXPECT_TRUE(IsAll(painted.block, painted.paint, painted.usable));
    heap_.Free(painted.block);
  }
}

TEST_F(ThreadHeapTest, LargeBlocksAreSpansOfTheirOwn) {
  char* const block = heap_.Allocate(kMaxClassBytes);
  EXPECT_LT(pool_.SlabOf(block)->size_class, kClasses);
  char* const span = heap_.Allocate(kMaxClassBytes + 1);
  EXPECT_EQ(pool_.SlabOf(span)->size_class, kSpanClass);
  EXPECT_EQ(Address(span) % kPageBytes, 0u);
}

TEST_F(ThreadHeapTest, SpanFreedLastIsHandedOutAgain) {
  TestPool pool(16 * kMiB);
  TestHeap heap(&pool);
  char* const span = heap.Allocate(100'000);
  const size_t in_use = pool.InUse();
  heap.Free(span);
  EXPECT_EQ(pool.InUse(), in_use);  // in the cache
  EXPECT_EQ(heap.Allocate(100'000), span);
  EXPECT_EQ(pool.InUse(), in_use);
}

TEST_F(ThreadHeapTest, SpanThatHappensToBeAlignedIsHandedOutAgain) {
  constexpr size_t kBytes = 100'000;
  constexpr size_t kAlignment = 64 * kKiB;
  TestPool pool(16 * kMiB);
  TestHeap heap(&pool);
  char* const aligned = heap.Allocate(kBytes, kAlignment);
  char* between = heap.Allocate(kBytes);
  if (Address(between) % kAlignment == 0) between = heap.Allocate(kBytes);
  ASSERT_NE(Address(between) % kAlignment, 0u);
  heap.Free(aligned);
  const size_t in_use = pool.InUse();
  EXPECT_EQ(heap.Allocate(kBytes, kAlignment), aligned);
  EXPECT_EQ(pool.InUse(), in_use);  // it was in the cache
  // One that is not stays there.
  heap.Free(between);
  char* const other = heap.Allocate(kBytes, kAlignment);
  EXPECT_EQ(Address(other) % kAlignment, 0u);
  EXPECT_NE(other, between);
  EXPECT_GT(pool.InUse(), in_use);
  EXPECT_EQ(heap.Allocate(kBytes), between);
}

TEST_F(ThreadHeapTest, SmallestPoolServesEverySizeUpToItsOwn) {
  TestPool small(64 * kKiB);
  TestHeap heap(&small);
  for (size_t bytes = 0; bytes <= 64 * kKiB; bytes += 1 + bytes / 9) {
    char* const block = heap.Allocate(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    memset(block, 0xEE, bytes);
    heap.Free(block);
  }
  char* const whole = heap.Allocate(64 * kKiB);
  EXPECT_EQ(whole, small.begin());
  EXPECT_EQ(heap.Allocate(0), nullptr);
  heap.Free(whole);
  EXPECT_NE(heap.Allocate(0), nullptr);
}

TEST_F(ThreadHeapTest, PoolOfOnePageIsServedToItsLastBlock) {
  TestPool page(kPageBytes);
  TestHeap heap(&page);
  for (const size_t bytes :
       {size_t{16}, size_t{100}, size_t{2048}, kPageBytes}) {
    std::vector<char*> blocks;
    EXPECT_EQ(heap.Fill(bytes, &blocks),
              kPageBytes / ClassBytes(ClassOf(bytes)));
    heap.FreeAll(&blocks);
  }
}

TEST_F(ThreadHeapTest, PoolBesideAPageIsServedToo) {
  TestPool pool({.bytes = kMiB, .offset = 48});
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  heap.Fill(50'000, &blocks);
  EXPECT_GE(blocks.size(), (kMiB - kPageBytes) / 53'248 - 1);
  for (char* const block : blocks) {
    EXPECT_GE(block, pool.begin());
    EXPECT_LE(block + 50'000, pool.end());
  }
}

// As the fast path does: the slow one is only told when a slab is empty.
TEST_F(ThreadHeapTest, EmptiedSlabsAreKeptAsSpans) {
  std::vector<char*> blocks;
  for (int i = 0; i < 2000; ++i) blocks.push_back(heap_.Allocate(64));
  std::set<Slab*> slabs;
  for (char* const block : blocks) slabs.insert(pool_.SlabOf(block));
  ASSERT_GT(slabs.size(), 2u);
  // The first block of a full slab goes the slow way, and claims it.
  for (char* const block : blocks) {
    if (pool_.SlabOf(block)->owner.load() == 0) {
      heap_.Free(block);
    } else {
      heap_.FreeFast(block);
    }
  }
  size_t unused = 0;
  for (const Slab* const slab : slabs) unused += slab->size_class == kNoClass;
  EXPECT_EQ(unused, slabs.size() - 1);  // one serves
  heap_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

// A serving slab can see more frees than it has blocks.
TEST_F(ThreadHeapTest, SlabThatServesStaysWhenItIsEmpty) {
  char* const first = heap_.Allocate(64);
  Slab* const slab = pool_.SlabOf(first);
  heap_.FreeFast(first);
  for (int i = 0; i < 10'000; ++i) heap_.FreeFast(heap_.Allocate(64));
  EXPECT_EQ(pool_.SlabOf(heap_.Allocate(64)), slab);
  heap_->Emptied(slab);  // as if its credit had run out
  pool_.ExpectValid();
  EXPECT_EQ(heap_->refusals_in_a_row(), 0u);
}

TEST_F(ThreadHeapTest, CreditOfASlabThatServesMayRunOut) {
  char* const kept = heap_.Allocate(64);
  Slab* const slab = pool_.SlabOf(kept);
  for (const bool fast : {false, true}) {
    char* const block = heap_.Allocate(64);
    slab->credit = 1;  // as after 2^30 frees
    fast ? heap_.FreeFast(block) : heap_.Free(block);
    EXPECT_EQ(heap_.Serving(64), slab);
    EXPECT_GT(slab->credit, kServing);
    EXPECT_EQ(heap_.Allocate(64), block);
    heap_.Free(block);
  }
}

TEST_F(ThreadHeapTest, BlocksAreCutOffAPageAtATime) {
  for (const size_t bytes : {size_t{16}, size_t{100}, size_t{2048}}) {
    Slab* const slab = pool_.SlabOf(heap_.Allocate(bytes));
    EXPECT_EQ(slab->carved, kPageBytes / ClassBytes(ClassOf(bytes)));
  }
  for (const size_t bytes : {size_t{2304}, kPageBytes, kMaxClassBytes}) {
    EXPECT_EQ(pool_.SlabOf(heap_.Allocate(bytes))->carved, 1u) << bytes;
  }
}

TEST_F(ThreadHeapTest, FastTableFollowsWhatServes) {
  EXPECT_EQ(heap_.Serving(100), &kNoSlab);
  char* const block = heap_.Allocate(100);
  EXPECT_EQ(heap_.Serving(100), pool_.SlabOf(block));
  EXPECT_EQ(heap_.Serving(1000), &kNoSlab);
  std::vector<char*> blocks;
  for (int i = 0; i < 1000; ++i) {
    blocks.push_back(heap_.Allocate(100));
    EXPECT_EQ(heap_.Serving(100), pool_.SlabOf(blocks.back()));
  }
  heap_.Close();
  EXPECT_EQ(heap_.Serving(100), &kNoSlab);
}

TEST(FastTableTest, ClassOfEverySizeIsThere) {
  const FastTable table;
  for (size_t bytes = 1; bytes <= kMaxClassBytes; ++bytes) {
    ASSERT_EQ(table.class_of[(bytes - 1) / kBlockAlignment], ClassOf(bytes))
        << bytes;
  }
  for (const Slab* const slab : table.serving) EXPECT_EQ(slab, &kNoSlab);
}

TEST_F(ThreadHeapTest, IsPlainIffItHasFastPaths) {
  ThreadHeap heap;
  EXPECT_FALSE(heap.is_open());
  EXPECT_FALSE(heap.is_plain());
  heap.Open(&*pool_, 0x10, nullptr);
  EXPECT_TRUE(heap.is_open());
  EXPECT_FALSE(heap.is_plain());
  void* const block = heap.Allocate(100, 16);
  EXPECT_NE(block, nullptr);
  heap.Free(block, pool_.SlabOf(block));
  heap.Close();
  EXPECT_FALSE(heap.is_open());
  EXPECT_TRUE(heap_->is_plain());
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(ThreadHeapTest, MayBeOpenedAgain) {
  for (int i = 0; i < 10; ++i) {
    char* const kept = heap_.Allocate(100);
    heap_.Allocate(100'000);
    heap_.Close();
    heap_.Open();
    heap_.Free(kept);
  }
  pool_.ExpectValid();
}

}  // namespace
}  // namespace cellblock
