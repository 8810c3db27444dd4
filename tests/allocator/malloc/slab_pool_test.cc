// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What the threads of a process share. Its figures are in
// thread_heap_figures_test.cc.

#include "allocator/malloc/slab_pool.h"

#include <gtest/gtest.h>
#include <sys/single_threaded.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

// By libc's word: a test before may have started a thread.
bool WasShared() { return __libc_single_threaded == 0; }

// Attaching.

TEST(SlabPoolAttachTest, SideRegionGrowsWithThePagesOnly) {
  EXPECT_EQ(SlabPool::SideBytesFor(0), 0u);
  EXPECT_EQ(SlabPool::SideBytesFor(kPageBytes - 1), 0u);
  size_t before = 0;
  for (size_t pages = 1; pages <= 4096; ++pages) {
    const size_t bytes = SlabPool::SideBytesFor(pages * kPageBytes);
    EXPECT_GT(bytes, before);
    EXPECT_EQ(SlabPool::SideBytesFor((pages + 1) * kPageBytes - 1), bytes);
    // A pointer, a record and a tag for each page, and a little more.
    EXPECT_LE(bytes, pages * (8 + 128 + 8) + 4 * kKiB);
    before = bytes;
  }
}

TEST(SlabPoolAttachTest, SideRegionOfMorePagesThanCanBeCountedIsNone) {
  constexpr size_t kMost = size_t{Freelist::kMaxUnits} * kPageBytes;
  EXPECT_NE(SlabPool::SideBytesFor(kMost), 0u);
  EXPECT_NE(SlabPool::SideBytesFor(kMost + kPageBytes - 1), 0u);
  EXPECT_EQ(SlabPool::SideBytesFor(kMost + kPageBytes), 0u);
  EXPECT_EQ(SlabPool::SideBytesFor(SIZE_MAX), 0u);
}

class SlabPoolAttach : public testing::Test {
 protected:
  static constexpr size_t kBytes = 16 * kPageBytes;
  static constexpr size_t kSide = 4 * kPageBytes;

  AllocatorError Attach() { return pool_.Attach(memory_); }

  alignas(kPageBytes) char buffer_[kBytes];
  alignas(64) char side_[kSide];
  SlabPoolMemory memory_ = {.base = buffer_,
                            .bytes = kBytes,
                            .side = side_,
                            .side_bytes = SlabPool::SideBytesFor(kBytes)};
  SlabPool pool_;
};

TEST_F(SlabPoolAttach, EachReasonIsNamed) {
  ASSERT_LE(SlabPool::SideBytesFor(kBytes), kSide);
  const SlabPoolMemory good = memory_;
  memory_.bytes = 0;
  EXPECT_EQ(Attach(), AllocatorError::kZeroBytes);
  memory_ = good;
  memory_.base = nullptr;
  EXPECT_EQ(Attach(), AllocatorError::kNullBuffer);
  memory_ = good;
  memory_.side = nullptr;
  EXPECT_EQ(Attach(), AllocatorError::kNullBuffer);
  memory_ = good;
  memory_.bytes = kPageBytes - 1;
  EXPECT_EQ(Attach(), AllocatorError::kTooSmall);
  memory_ = good;
  memory_.side_bytes -= 1;
  EXPECT_EQ(Attach(), AllocatorError::kTooSmall);
  memory_ = good;
  memory_.side = side_ + 8;
  EXPECT_EQ(Attach(), AllocatorError::kBadAlignment);
  memory_ = good;
  memory_.bytes = SIZE_MAX;
  EXPECT_EQ(Attach(), AllocatorError::kTooLarge);
  memory_ = good;
  memory_.bytes = size_t{PTRDIFF_MAX} + 1;
  EXPECT_EQ(Attach(), AllocatorError::kTooLarge);
  memory_ = good;
  EXPECT_EQ(Attach(), AllocatorError::kNone);
}

TEST_F(SlabPoolAttach, OnlyTheWholePagesInsideAreUsed) {
  for (const size_t offset : {size_t{1}, size_t{16}, kPageBytes - 1}) {
    SlabPool pool;
    memory_.base = buffer_ + offset;
    memory_.bytes = kBytes - offset;
    ASSERT_EQ(pool.Attach(memory_), AllocatorError::kNone);
    EXPECT_EQ(pool.base(), Address(buffer_ + kPageBytes)) << offset;
    EXPECT_EQ(pool.bytes(), kBytes - kPageBytes) << offset;
  }
  SlabPool pool;
  memory_.base = buffer_;
  memory_.bytes = kBytes - 1;
  ASSERT_EQ(pool.Attach(memory_), AllocatorError::kNone);
  EXPECT_EQ(pool.base(), Address(buffer_));
  EXPECT_EQ(pool.bytes(), kBytes - kPageBytes);
}

TEST_F(SlabPoolAttach, APageBetweenTwoIsTooSmall) {
  memory_.base = buffer_ + 1;
  memory_.bytes = 2 * kPageBytes - 2;
  EXPECT_EQ(Attach(), AllocatorError::kTooSmall);
  memory_.bytes = 2 * kPageBytes - 1;
  EXPECT_EQ(Attach(), AllocatorError::kNone);
}

TEST_F(SlabPoolAttach, NothingOutsideTheSideRegionOrInThePoolIsWritten) {
  memset(buffer_, 0x5C, sizeof(buffer_));
  memset(side_, 0x5C, sizeof(side_));
  ASSERT_EQ(Attach(), AllocatorError::kNone);
  EXPECT_TRUE(IsAll(buffer_, 0x5C, sizeof(buffer_)));
  Slab* const span = pool_.NewSpan(16, kPageBytes);
  ASSERT_NE(span, nullptr);
  pool_.ReleaseSpan(span);
  EXPECT_TRUE(IsAll(buffer_, 0x5C, sizeof(buffer_)));
  const size_t used = memory_.side_bytes;
  EXPECT_TRUE(IsAll(side_ + used, 0x5C, sizeof(side_) - used));
}

TEST_F(SlabPoolAttach, KeyDiffersWithTheSeed) {
  memory_.seed = 1;
  ASSERT_EQ(Attach(), AllocatorError::kNone);
  SlabPool other;
  memory_.seed = 2;
  ASSERT_EQ(other.Attach(memory_), AllocatorError::kNone);
  EXPECT_NE(pool_.root().key, other.root().key);
  EXPECT_EQ(pool_.root().key >> 48, kLinkTag);
  EXPECT_EQ(other.root().key >> 48, kLinkTag);
}

TEST(SlabPoolTest, WithoutAPoolRefusesEverything) {
  SlabPool pool;
  int elsewhere = 0;
  EXPECT_EQ(pool.NewSpan(1, kPageBytes), nullptr);
  EXPECT_EQ(pool.TryPages(1, Fill::kZeroed), nullptr);
  EXPECT_EQ(pool.TakeListed(0, 16), nullptr);
  EXPECT_EQ(pool.Locate(&elsewhere), &kNoSlab);
  EXPECT_EQ(pool.UsableSize(&elsewhere), 0u);
  EXPECT_EQ(pool.WhyNotLive(&elsewhere), AllocatorError::kNotOwned);
  pool.Reclaim();
  EXPECT_EQ(pool.CountLive().blocks, 0u);
  EXPECT_EQ(pool.Stats().pool_bytes, 0u);
  EXPECT_TRUE(pool.Validate().ok());
}

// Spans.

TEST(SlabPoolSpanTest, IsOfThePagesAndTheAlignmentAskedFor) {
  TestPool pool(16 * kMiB);
  for (size_t alignment = kPageBytes; alignment <= 4 * kMiB; alignment *= 2) {
    for (const size_t pages : {1, 2, 3, 64, 65, 100}) {
      Slab* const span = pool->NewSpan(pages, alignment);
      ASSERT_NE(span, nullptr) << pages << ", " << alignment;
      EXPECT_EQ(span->start % alignment, 0u);
      EXPECT_EQ(span->reciprocal, pages);
      EXPECT_EQ(span->size_class, kNoClass);
      EXPECT_EQ(span->remote.load(), kOwnedBit);
      EXPECT_EQ(pool.SlabOf(reinterpret_cast<void*>(span->start)), span);
      EXPECT_EQ(pool.InUse(), pages * kPageBytes);
      pool.ExpectValid();
      pool->ReleaseSpan(span);
      EXPECT_EQ(pool.InUse(), 0u);
      pool.ExpectValid();
    }
  }
}

TEST(SlabPoolSpanTest, AreAllThatThePoolHasAndARefusalIsNotCounted) {
  TestPool pool(64 * kPageBytes);
  std::vector<Slab*> spans;
  while (Slab* const span = pool->NewSpan(1, kPageBytes)) {
    spans.push_back(span);
    ASSERT_LE(spans.size(), 64u);
  }
  EXPECT_EQ(spans.size(), 64u);
  EXPECT_EQ(pool->NewSpan(2, kPageBytes), nullptr);
  EXPECT_EQ(pool->Stats().exhausted, 0u);
  EXPECT_EQ(pool->Stats().refused_at_bytes, 0u);
  pool.ExpectValid();
  for (Slab* const span : spans) pool->ReleaseSpan(span);
  // In one piece again.
  Slab* const all = pool->NewSpan(64, kPageBytes);
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->start, Address(pool.begin()));
  EXPECT_EQ(pool->NewSpan(SIZE_MAX / kPageBytes, kPageBytes), nullptr);
  EXPECT_EQ(pool->NewSpan(1, size_t{1} << 63), nullptr);
}

TEST(SlabPoolSpanTest, TakesTheShortestHoleThatFits) {
  TestPool pool;
  Slab* const longer = pool->NewSpan(50, kPageBytes);
  Slab* const wall = pool->NewSpan(1, kPageBytes);
  Slab* const closest = pool->NewSpan(48, kPageBytes);
  Slab* const end = pool->NewSpan(1, kPageBytes);
  const uintptr_t start = closest->start;
  pool->ReleaseSpan(closest);
  pool->ReleaseSpan(longer);
  EXPECT_EQ(pool->NewSpan(47, kPageBytes)->start, start);
  pool->ReleaseSpan(wall);
  pool->ReleaseSpan(end);
  pool.ExpectValid();
}

TEST(SlabPoolSpanTest, SaysHowManyOfItsPagesMayBeDirty) {
  TestPool pool({.content = Content::kZero});
  Slab* const low = pool->NewSpan(10, kPageBytes);
  EXPECT_EQ(low->credit, 0u);
  EXPECT_EQ(low->pages & kFresh, kFresh);
  Slab* const high = pool->NewSpan(5, kPageBytes);
  EXPECT_EQ(high->credit, 0u);
  pool->ReleaseSpan(low);
  pool->ReleaseSpan(high);
  // Below the mark that was reached, dirty; above it, not.
  Slab* const both = pool->NewSpan(20, kPageBytes);
  EXPECT_EQ(both->start, Address(pool.begin()));
  EXPECT_EQ(both->credit, 15u);
  EXPECT_EQ(both->pages & kFresh, 0);
  Slab* const fresh = pool->NewSpan(20, kPageBytes);
  EXPECT_EQ(fresh->credit, 0u);
  pool->ReleaseSpan(both);
  EXPECT_EQ(pool->NewSpan(20, kPageBytes)->credit, 20u);
}

TEST(SlabPoolSpanTest, IsDirtyThroughoutIfThePoolWasNotZero) {
  TestPool pool({.content = Content::kUnknown});
  Slab* const span = pool->NewSpan(10, kPageBytes);
  EXPECT_EQ(span->credit, 10u);
  EXPECT_EQ(span->pages & kFresh, 0);
}

TEST(SlabPoolSpanTest, ResizeShrinksAlwaysAndGrowsIntoFreePagesOnly) {
  TestPool pool(64 * kPageBytes);
  Slab* const span = pool->NewSpan(10, kPageBytes);
  EXPECT_TRUE(pool->ResizeSpan(span, 20));
  EXPECT_EQ(span->reciprocal, 20u);
  Slab* const wall = pool->NewSpan(1, kPageBytes);
  ASSERT_EQ(wall->start, span->start + 20 * kPageBytes);
  EXPECT_FALSE(pool->ResizeSpan(span, 21));
  EXPECT_EQ(span->reciprocal, 20u);
  EXPECT_TRUE(pool->ResizeSpan(span, 5));
  EXPECT_EQ(pool.InUse(), 6 * kPageBytes);
  EXPECT_TRUE(pool->ResizeSpan(span, 20));
  EXPECT_FALSE(pool->ResizeSpan(span, 65));
  EXPECT_FALSE(pool->ResizeSpan(span, SIZE_MAX / kPageBytes));
  pool.ExpectValid();
  pool->ReleaseSpan(wall);
  EXPECT_TRUE(pool->ResizeSpan(span, 64));
  EXPECT_EQ(pool->Stats().exhausted, 0u);
  pool.ExpectValid();
}

// What an address is.

TEST(SlabPoolLocateTest, EveryPageOfASlabAndTheFirstOfASpan) {
  TestPool pool;
  TestHeap heap(&pool);
  char* const block = heap.Allocate(3000);
  const Slab* const slab = pool.SlabOf(block);
  ASSERT_LT(slab->size_class, kClasses);
  const size_t pages = slab->pages & ~kFresh;
  for (size_t at = 0; at < pages * kPageBytes; at += 100) {
    EXPECT_EQ(pool.SlabOf(reinterpret_cast<char*>(slab->start) + at), slab);
  }
  char* const span = heap.Allocate(30 * kPageBytes);
  ASSERT_EQ(pool.SlabOf(span)->size_class, kSpanClass);
  EXPECT_EQ(pool.SlabOf(span), pool.SlabOf(span + kPageBytes - 1));
  EXPECT_EQ(pool.SlabOf(span + kPageBytes), &kNoSlab);
}

TEST(SlabPoolLocateTest, NothingElseIsASlab) {
  TestPool pool;
  TestHeap heap(&pool);
  heap.Allocate(1);
  int elsewhere = 0;
  for (const void* const address :
       {static_cast<const void*>(nullptr), static_cast<const void*>(&elsewhere),
        static_cast<const void*>(pool.begin() - 1),
        static_cast<const void*>(pool.end()),
        reinterpret_cast<const void*>(UINTPTR_MAX)}) {
    EXPECT_EQ(pool->Locate(address), &kNoSlab);
    EXPECT_EQ(pool->UsableSize(address), 0u);
    EXPECT_EQ(pool->WhyNotLive(address), AllocatorError::kNotOwned);
  }
  // In the pool, but never handed out.
  EXPECT_EQ(pool->Locate(pool.end() - 1), &kNoSlab);
}

TEST(SlabPoolLocateTest, UsableSizeIsThatOfLiveBlocksAndPages) {
  TestPool pool;
  TestHeap heap(&pool);
  char* const block = heap.Allocate(100);
  EXPECT_EQ(pool->UsableSize(block), 112u);
  for (size_t off = 1; off < 112; ++off) {
    EXPECT_EQ(pool->UsableSize(block + off), 0u) << off;
  }
  EXPECT_EQ(pool->UsableSize(pool.end() - kPageBytes), 0u);
  char* const span = heap.Allocate(kMaxClassBytes + 1);
  EXPECT_EQ(pool->UsableSize(span), 17 * kPageBytes);
  EXPECT_EQ(pool->UsableSize(span + 16), 0u);
  EXPECT_EQ(pool->UsableSize(span + kPageBytes), 0u);
  char* const pages =
      static_cast<char*>(pool->TryPages(2 * kPageBytes, Fill::kZeroed));
  EXPECT_EQ(pool->UsableSize(pages), kPageBytes);
  EXPECT_EQ(pool->UsableSize(pages + kPageBytes), kPageBytes);
  EXPECT_EQ(pool->UsableSize(pages + 16), 0u);
  heap.Free(block);
  heap.Free(span);
  EXPECT_EQ(pool->UsableSize(block), 0u);
  EXPECT_EQ(pool->UsableSize(span), 0u);
}

// A span of pages that were a slab's, made shorter: what it gave back is of
// nobody.
TEST(SlabPoolLocateTest, PagesThatASpanGaveBackAreNoLongerItsOwn) {
  TestPool pool({.bytes = 128 * kMiB, .content = Content::kZero});
  pool.CheckEvery(0);
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  const Slab* large = nullptr;
  // Until the largest slab that there can be is full, and another one serves.
  for (int i = 0; i < 10'000; ++i) {
    blocks.push_back(heap.Allocate(1024));
    Slab* const slab = pool.SlabOf(blocks.back());
    if (large != nullptr && slab != large) break;
    if ((slab->pages & ~kFresh) == kMaxSlabPages) large = slab;
  }
  ASSERT_NE(large, nullptr);
  heap.FreeAll(&blocks);
  char* const span = heap.Allocate(large->reciprocal * kPageBytes);
  ASSERT_EQ(pool.SlabOf(span), large);
  ASSERT_EQ(heap.Reallocate(span, 20 * kPageBytes), span);
  for (size_t page = 20; page < kMaxSlabPages; ++page) {
    EXPECT_EQ(pool.SlabOf(span + page * kPageBytes), &kNoSlab) << page;
  }
  pool.ExpectValid();
  // So what is mapped there is told from it.
  constexpr size_t kTail = (kMaxSlabPages - 20) * kPageBytes;
  void* const mapped = pool->TryPages(kTail, Fill::kUninitialized);
  ASSERT_EQ(mapped, span + 20 * kPageBytes);
  EXPECT_EQ(pool->UsableSize(mapped), kPageBytes);
  EXPECT_EQ(pool->WhyNotLive(mapped), AllocatorError::kNotOwned);
}

TEST(SlabPoolLocateTest, WhyNotLiveTellsMistakesApart) {
  TestPool pool;
  TestHeap heap(&pool);
  char* const span = heap.Allocate(3 * kMaxClassBytes);
  char* const pages =
      static_cast<char*>(pool->TryPages(2 * kPageBytes, Fill::kZeroed));
  const auto why = [&](const char* address) {
    return pool->WhyNotLive(address);
  };
  EXPECT_EQ(why(span + kPageBytes), AllocatorError::kInteriorPointer);
  EXPECT_EQ(why(span + kPageBytes + 16), AllocatorError::kInteriorPointer);
  EXPECT_EQ(why(span + kPageBytes + 8), AllocatorError::kMisaligned);
  EXPECT_EQ(why(pages), AllocatorError::kNotOwned);
  EXPECT_EQ(why(pages + 16), AllocatorError::kNotOwned);
  EXPECT_EQ(pool->FreePages(pages, pages + kPageBytes), kPageBytes);
  EXPECT_EQ(why(pages), AllocatorError::kDoubleFree);
  EXPECT_EQ(why(pages + 16), AllocatorError::kDoubleFree);
  EXPECT_EQ(why(pages + 1), AllocatorError::kMisaligned);
  EXPECT_EQ(why(pool.end() - 16), AllocatorError::kDoubleFree);
  // None of these questions changed anything.
  pool.ExpectValid();
  EXPECT_TRUE(pool->ArePages(pages + kPageBytes, pages + 2 * kPageBytes));
}

// Slabs that no thread owns.

TEST(SlabPoolListTest, AListedSlabIsTakenByWhoAsksForItsClass) {
  TestPool pool;
  TestHeap one(&pool);
  char* const block = one.Allocate(100);
  Slab* const slab = pool.SlabOf(block);
  one.Close();  // lists it, since a block is handed out
  EXPECT_EQ(slab->owner.load(), 0u);
  EXPECT_EQ(slab->remote.load(), kOwnedBit);
  for (uint32_t i = 0; i < kClasses; ++i) {
    if (i == ClassOf(100)) continue;
    EXPECT_EQ(pool->TakeListed(i, 16), nullptr) << i;
  }
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), slab);
  EXPECT_EQ(slab->owner.load(), 0x50u);
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x60), nullptr);
  pool->List(slab);
  EXPECT_EQ(slab->owner.load(), 0u);
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x60), slab);
  pool->List(slab);
}

TEST(SlabPoolListTest, WhatCameBackToAListedSlabIsInItsListWhenItIsTaken) {
  TestPool pool;
  TestHeap one(&pool);
  TestHeap other(&pool);
  std::vector<char*> blocks;
  for (int i = 0; i < 10; ++i) blocks.push_back(one.Allocate(100));
  Slab* const slab = pool.SlabOf(blocks[0]);
  one.Close();
  other.Free(blocks[3]);
  other.Free(blocks[4]);
  EXPECT_NE(slab->remote.load(), kOwnedBit);
  ASSERT_EQ(pool->TakeListed(ClassOf(100), 0x50), slab);
  EXPECT_EQ(slab->remote.load(), kOwnedBit);
  EXPECT_EQ(slab->credit, 8u);
  pool.ExpectValid();
  pool->List(slab);
}

TEST(SlabPoolListTest, TheSlabThatWasListedFirstIsTakenFirst) {
  TestPool pool;
  std::deque<TestHeap> heaps;
  std::vector<Slab*> slabs;
  for (int i = 0; i < 5; ++i) {
    slabs.push_back(pool.SlabOf(heaps.emplace_back(&pool).Allocate(100)));
  }
  for (TestHeap& heap : heaps) heap.Close();
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), slabs[0]);
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), slabs[1]);
  pool->List(slabs[0]);
  pool->Reclaim();
  for (const int i : {2, 3, 4, 0}) {
    EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), slabs[i]);
  }
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), nullptr);
  pool->List(slabs[1]);
  EXPECT_EQ(pool->TakeListed(ClassOf(100), 0x50), slabs[1]);
  for (Slab* const slab : slabs) pool->List(slab);
  pool.ExpectValid();
}

TEST(SlabPoolReclaimTest, GathersTheSpansOfEveryCache) {
  TestPool pool(8 * kMiB);
  TestHeap one(&pool);
  TestHeap other(&pool);
  for (TestHeap* const heap : {&one, &other}) {
    heap->Free(heap->Allocate(20 * kPageBytes));
    heap->Free(heap->Allocate(70 * kPageBytes));
  }
  EXPECT_GT(pool.InUse(), 0u);
  EXPECT_EQ(pool->CountLive().blocks, 0u);
  pool->Reclaim();
  EXPECT_EQ(pool.InUse(), 0u);
  pool.ExpectValid();
}

TEST(SlabPoolReclaimTest, EmptyListedSlabsBecomePagesAgain) {
  TestPool pool;
  TestHeap one(&pool);
  TestHeap other(&pool);
  std::vector<char*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(one.Allocate(200));
  one.Close();
  char* const last = blocks.back();
  blocks.pop_back();
  other.FreeAll(&blocks);
  // It is not empty, and not given up.
  pool->Reclaim();
  EXPECT_GT(pool.InUse(), 0u);
  EXPECT_EQ(pool->UsableSize(last), 208u);
  pool.ExpectValid();
  other.Free(last);
  pool->Reclaim();
  pool.ExpectValid();
  other.Close();
  EXPECT_EQ(pool.InUse(), 0u);
}

// Nobody asks for their class any more, and nothing is short.
TEST(SlabPoolReclaimTest, EmptyListedSlabsAreNoticedInTime) {
  TestPool pool(16 * kMiB);
  TestHeap one(&pool);
  TestHeap other(&pool);
  pool.CheckEvery(64);
  std::vector<char*> blocks;
  for (size_t i = 0; i < 2 * kMiB / 208; ++i) {
    blocks.push_back(one.Allocate(200));
  }
  // Of each slab one is left, so that all are listed when the thread ends.
  std::vector<char*> last;
  for (char* const block : blocks) {
    Slab* const slab = pool.SlabOf(block);
    if (slab->start == reinterpret_cast<uintptr_t>(block)) {
      last.push_back(block);
    } else {
      one.Free(block);
    }
  }
  one.Close();
  other.FreeAll(&last);
  other.Close();
  const size_t before = pool.InUse();
  EXPECT_GT(before, 1900 * kKiB);
  size_t most = 0;
  for (size_t taken = 0; taken < 1600 * kKiB; taken += 16 * kPageBytes) {
    ASSERT_NE(pool->NewSpan(16, kPageBytes), nullptr);
    most = std::max(most, pool.InUse());
  }
  EXPECT_LE(most, before + before / 2);
  pool.ExpectValid();
}

// Caches come and go in any order.
TEST(SlabPoolReclaimTest, EveryRegisteredCacheIsReached) {
  for (const std::vector<int>& order : std::vector<std::vector<int>>{
           {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    TestPool pool(16 * kMiB);
    SpanCache caches[3];
    std::vector<bool> registered(3, true);
    for (SpanCache& cache : caches) pool->Register(&cache);
    for (const int gone : order) {
      pool->Unregister(&caches[gone]);
      registered[static_cast<size_t>(gone)] = false;
      for (size_t i = 0; i < 3; ++i) {
        if (!registered[i]) continue;
        Slab* const span = pool->NewSpan(3, kPageBytes);
        ASSERT_TRUE(caches[i].Push(pool->records(), span, 3, 100));
      }
      pool->Reclaim();
      EXPECT_EQ(pool.InUse(), 0u);
    }
    EXPECT_EQ(pool->is_shared(), WasShared());
  }
}

TEST(SlabPoolTest, IsSharedByTwoHeaps) {
  TestPool pool;
  EXPECT_EQ(pool->is_shared(), WasShared());
  TestHeap one(&pool);
  EXPECT_EQ(pool->is_shared(), WasShared());
  TestHeap other(&pool);
  EXPECT_TRUE(pool->is_shared());
  one.Close();
  EXPECT_EQ(pool->is_shared(), WasShared());
}

// How much is given out at once.

TEST(SlabPoolTest, SlabsAreSmallWhileLittleIsUsedAndAsThePoolFillsUp) {
  TestPool pool(64 * kMiB);
  EXPECT_EQ(pool->MostSlabPages(), 8u);
  uint32_t most = 0;
  for (size_t used = 0; used < pool.pages(); used += 256) {
    const size_t free = pool.pages() - used;
    EXPECT_EQ(pool->MostSlabPages(),
              std::min({std::max<size_t>(used / 8, 8), free / 256,
                        size_t{kMaxSlabPages}}));
    most = std::max(most, pool->MostSlabPages());
    ASSERT_NE(pool->NewSpan(256, kPageBytes), nullptr);
  }
  EXPECT_GT(most, 50u);
  EXPECT_EQ(pool->MostSlabPages(), 0u);
}

TEST(SlabPoolTest, LargeSpansAreNotCachedOnceThePoolIsHalfFull) {
  TestPool pool(64 * kMiB);
  const size_t most = pool.pages() / 16;
  EXPECT_EQ(pool->MostCachedPages(1), kMaxSlabPages);
  EXPECT_EQ(pool->MostCachedPages(kMaxSlabPages + 1), 256u);
  ASSERT_NE(pool->NewSpan(pool.pages() / 2, kPageBytes), nullptr);
  EXPECT_EQ(pool->MostCachedPages(kMaxSlabPages + 1), most);
  ASSERT_NE(pool->NewSpan(1, kPageBytes), nullptr);
  EXPECT_EQ(pool->MostCachedPages(kMaxSlabPages), pool.pages() / 64);
  EXPECT_EQ(pool->MostCachedPages(kMaxSlabPages + 1), 0u);
}

TEST(SlabPoolTest, TheMoreThreadsThereAreTheLessEachMayKeep) {
  TestPool pool(64 * kMiB);
  const size_t share = pool.pages() / 64;
  EXPECT_EQ(pool->least_queued_pages(), share);
  EXPECT_EQ(pool->most_queued_pages(), share * 4);
  std::array<SpanCache, 9> caches;
  for (size_t heaps = 1; heaps <= caches.size(); ++heaps) {
    pool->Register(&caches[heaps - 1]);
    EXPECT_EQ(pool->most_queued_pages(), heaps <= 2   ? share * 4
                                         : heaps == 3 ? share * 2
                                                      : share)
        << heaps;
    EXPECT_EQ(
        pool->most_serving_pages(),
        heaps == 1 ? pool.pages() / 8 : std::max(share * 4 / heaps, share / 2))
        << heaps;
  }
  for (SpanCache& cache : caches) pool->Unregister(&cache);
}

TEST(SlabPoolTest, TheMoreThreadsThereAreTheSmallerAreSlabsOfSmallBlocks) {
  TestPool pool(256 * kMiB);
  EXPECT_EQ(pool->MostSmallSlabPages(), pool->MostSlabPages());
  ASSERT_NE(pool->NewSpan(pool.pages() / 8, kPageBytes), nullptr);
  ASSERT_EQ(pool->MostSlabPages(), kMaxSlabPages);
  std::array<SpanCache, 9> caches;
  for (size_t heaps = 1; heaps <= caches.size(); ++heaps) {
    pool->Register(&caches[heaps - 1]);
    EXPECT_EQ(pool->MostSlabPages(), kMaxSlabPages);
    EXPECT_EQ(pool->MostSmallSlabPages(),
              std::max<size_t>(128 / std::max<size_t>(heaps, 2), 16))
        << heaps;
  }
  for (SpanCache& cache : caches) pool->Unregister(&cache);
}

TEST(SlabPoolTest, FirstSlabsAreLargeForFewThreadsInALargePool) {
  const TestPoolOptions small = {.bytes = 4 * kMiB, .content = Content::kZero};
  TestPool none(small);
  EXPECT_EQ(none->MostFirstPages(), 0u);
  TestPool pool({.bytes = 1024 * kMiB, .content = Content::kZero});
  EXPECT_EQ(pool->MostFirstPages(), 16u);
  std::array<SpanCache, 40> caches;
  size_t before = 16;
  for (size_t heaps = 1; heaps <= caches.size(); ++heaps) {
    pool->Register(&caches[heaps - 1]);
    EXPECT_LE(pool->MostFirstPages(), before) << heaps;
    EXPECT_LE(pool->MostFirstPages() * heaps, 32u) << heaps;
    before = pool->MostFirstPages();
  }
  EXPECT_EQ(before, 0u);
  for (SpanCache& cache : caches) pool->Unregister(&cache);
}

TEST(SlabPoolTest, TheMoreThreadsThereAreTheLessEachMayCache) {
  TestPool pool(64 * kMiB);
  ASSERT_NE(pool->NewSpan(pool.pages() / 8, kPageBytes), nullptr);
  const size_t used = pool.pages() / 8;
  std::array<SpanCache, 9> caches;
  for (size_t heaps = 1; heaps <= caches.size(); ++heaps) {
    pool->Register(&caches[heaps - 1]);
    EXPECT_EQ(pool->MostCachedPages(1),
              used * 8 / 7 / std::max<size_t>(heaps, 4))
        << heaps;
  }
  for (SpanCache& cache : caches) pool->Unregister(&cache);
}

TEST(SlabPoolTest, TheLessThereIsTheLessAThreadMayKeep) {
  TestPool pool(64 * kMiB);
  std::array<SpanCache, 2> caches;
  for (SpanCache& cache : caches) pool->Register(&cache);
  const size_t share = pool.pages() / 64;
  for (size_t used = 0; used < pool.pages(); used += 256) {
    const size_t free = pool.pages() - used;
    const size_t spare = free > used ? (free - used) / 8 : 0;
    EXPECT_EQ(pool->most_queued_pages(), std::clamp(spare, share, share * 4));
    EXPECT_EQ(pool->most_serving_pages(),
              std::min(share * 2, (pool.pages() - used) / 32));
    ASSERT_NE(pool->NewSpan(256, kPageBytes), nullptr);
  }
  EXPECT_EQ(pool->most_serving_pages(), 0u);
  for (SpanCache& cache : caches) pool->Unregister(&cache);
}

// Pages of mappings.

TEST(SlabPoolPagesTest, AreRoundedUpAlignedAndClearedIfAskedFor) {
  TestPool pool;
  for (const size_t bytes :
       {size_t{0}, size_t{1}, kPageBytes, kPageBytes + 1, 10 * kPageBytes}) {
    char* const pages =
        static_cast<char*>(pool->TryPages(bytes, Fill::kZeroed));
    ASSERT_NE(pages, nullptr);
    const size_t whole = PagesFor(bytes) * kPageBytes;
    EXPECT_EQ(Address(pages) % kPageBytes, 0u);
    EXPECT_TRUE(IsAll(pages, 0, whole)) << bytes;
    EXPECT_TRUE(pool->ArePages(pages, pages + whole));
    EXPECT_EQ(pool.InUse(), whole);
    pool.ExpectValid();
    memset(pages, 0xEE, whole);
    EXPECT_EQ(pool->FreePages(pages, pages + whole), whole);
    EXPECT_EQ(pool.InUse(), 0u);
  }
}

TEST(SlabPoolPagesTest, AreRefusedWithoutACount) {
  TestPool pool;
  EXPECT_EQ(pool->TryPages(kMiB + 1, Fill::kZeroed), nullptr);
  EXPECT_EQ(pool->TryPages(SIZE_MAX, Fill::kZeroed), nullptr);
  EXPECT_EQ(pool->Stats().exhausted, 0u);
  EXPECT_EQ(pool->TryPages(kMiB, Fill::kUninitialized), pool.begin());
}

TEST(SlabPoolPagesTest, NothingOfMallocsIsTouchedByThem) {
  TestPool pool;
  TestHeap heap(&pool);
  char* const block = heap.Allocate(100);
  char* const span = heap.Allocate(20 * kPageBytes);
  memset(block, 'b', 100);
  memset(span, 's', 20 * kPageBytes);
  void* const pages = pool->TryPages(kPageBytes, Fill::kZeroed);
  EXPECT_FALSE(pool->ArePages(block, block + kPageBytes));
  EXPECT_FALSE(pool->ArePages(span, span + kPageBytes));
  EXPECT_EQ(pool->FreePages(pool.begin(), pool.end()), kPageBytes);
  EXPECT_FALSE(pool->ArePages(static_cast<char*>(pages),
                              static_cast<char*>(pages) + kPageBytes));
  EXPECT_TRUE(IsAll(block, 'b', 100));
  EXPECT_TRUE(IsAll(span, 's', 20 * kPageBytes));
  pool.ExpectValid();
}

// fork(2) in the setup phase: no other thread is at work in the pool meanwhile,
// and the one that forks is.
TEST(SlabPoolTest, ServesNobodyButTheThreadThatForks) {
  TestPool pool;
  TestHeap heap(&pool);
  pool->BeforeFork();
  EXPECT_FALSE(pool->IsInterrupted());
  std::atomic<bool> is_served{false};
  std::thread other([&] {
    Slab* const span = pool->NewSpan(1, kPageBytes);
    is_served = true;
    pool->ReleaseSpan(span);
  });
  EXPECT_NE(heap.Allocate(100), nullptr);
  EXPECT_NE(heap.Allocate(100 * kPageBytes), nullptr);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(is_served);
  pool->AfterFork();
  other.join();
  EXPECT_TRUE(is_served);
  pool.ExpectValid();
}

}  // namespace
}  // namespace cellblock
