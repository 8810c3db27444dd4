// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The heap of a process: its blocks, by its own functions and by the fast paths
// over them, and mistakes with them.

#include "allocator/malloc/process_heap.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <thread>
#include <vector>

#include "allocator/malloc/fast_path.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

using ProcessHeapDeathTest = ProcessHeapTest;

// Blocks.

TEST_F(ProcessHeapTest, EverySizeIsAlignedAndLarge) {
  for (size_t bytes = 0; bytes <= 3 * kPage; ++bytes) {
    char* const block = Allocate(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    EXPECT_EQ(Address(block) % ProcessHeap::kAlignment, 0u) << bytes;
    EXPECT_GE(Heap().UsableSize(block), std::max<size_t>(bytes, 1)) << bytes;
    EXPECT_LE(Heap().UsableSize(block), bytes + std::max<size_t>(bytes / 8, 16))
        << bytes;
    EXPECT_TRUE(Heap().Owns(block));
    Heap().Free(block);
  }
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, EveryAlignmentIsKept) {
  for (size_t alignment = 1; alignment <= PoolBytes() / 4; alignment *= 2) {
    for (const size_t bytes : {size_t{0}, size_t{1}, alignment}) {
      char* const block = Allocate(bytes, alignment);
      ASSERT_NE(block, nullptr) << alignment;
      EXPECT_EQ(Address(block) % alignment, 0u) << alignment;
      Heap().Free(block);
    }
  }
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, AlignmentThatIsNoPowerOfTwoIsRefused) {
  const uint64_t before = Heap().Stats().exhausted;
  for (const size_t alignment :
       {size_t{0}, size_t{3}, size_t{24}, size_t{4095}, SIZE_MAX}) {
    EXPECT_EQ(Allocate(1, alignment), nullptr) << alignment;
  }
  EXPECT_EQ(Heap().Stats().exhausted, before);
}

TEST_F(ProcessHeapTest, WhatIsTooLargeIsRefusedAndCounted) {
  const uint64_t before = g_provided.stats.exhausted;
  uint64_t refused = 0;
  for (const size_t bytes :
       {PoolBytes() + 1, size_t{PTRDIFF_MAX}, size_t{PTRDIFF_MAX} + 1,
        SIZE_MAX - kPage, SIZE_MAX - 16, SIZE_MAX - 1, SIZE_MAX}) {
    EXPECT_EQ(Allocate(bytes), nullptr) << bytes;
    EXPECT_EQ(Heap().AllocateZeroed(bytes), nullptr) << bytes;
    EXPECT_EQ(Heap().AllocatePages(bytes, Fill::kZeroed), nullptr) << bytes;
    EXPECT_EQ(FastAllocate(bytes), nullptr) << bytes;
    refused += 4;
    EXPECT_EQ(g_provided.stats.last_exhaustion.asked, bytes);
  }
  EXPECT_EQ(Allocate(1, size_t{1} << 63), nullptr);
  EXPECT_EQ(g_provided.stats.exhausted, before + refused + 1);
  EXPECT_EQ(in_use(), 0u);
}

TEST_F(ProcessHeapTest, WholePoolIsOneBlockAndComesBack) {
  for (int i = 0; i < 3; ++i) {
    char* const block = Allocate(PoolBytes());
    ASSERT_EQ(block, begin_);
    EXPECT_EQ(Allocate(0), nullptr);
    memset(block, i, PoolBytes());
    Heap().Free(block);
  }
}

TEST_F(ProcessHeapTest, EmptyBlocksAreDifferent) {
  void* const blocks[] = {Allocate(0), Allocate(0), FastAllocate(0),
                          FastAllocate(0)};
  for (size_t i = 0; i < std::size(blocks); ++i) {
    EXPECT_NE(blocks[i], nullptr);
    for (size_t k = 0; k < i; ++k) EXPECT_NE(blocks[i], blocks[k]);
  }
  for (void* const block : blocks) Heap().Free(block);
}

TEST_F(ProcessHeapTest, ZeroedIsZeroThroughoutAlsoWhenReused) {
  for (const size_t bytes : {0, 1, 31, 32, 33, 5000, 100000}) {
    for (int i = 0; i < 3; ++i) {
      void* const block = Heap().AllocateZeroed(bytes);
      ASSERT_NE(block, nullptr);
      const size_t usable = Heap().UsableSize(block);
      EXPECT_TRUE(IsAll(block, 0, usable)) << bytes;
      memset(block, 0xEE, usable);
      Heap().Free(block);
    }
  }
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, ReallocateKeepsContentInPlaceAndMoved) {
  for (const bool fast : {false, true}) {
    const auto reallocate = [&](void* block, size_t bytes) {
      return static_cast<char*>(fast ? FastReallocate(block, bytes)
                                     : Heap().Reallocate(block, bytes));
    };
    char* block = Allocate(100);
    memset(block, 'a', 100);
    EXPECT_EQ(reallocate(block, 112), block);
    EXPECT_EQ(reallocate(block, 60), block);
    memset(block, 'a', 100);
    char* const moved = reallocate(block, 100'000);
    ASSERT_NE(moved, nullptr);
    EXPECT_NE(moved, block);
    EXPECT_EQ(Heap().UsableSize(block), 0u);
    EXPECT_TRUE(IsAll(moved, 'a', 100));
    char* const grown = reallocate(moved, 200'000);  // into what is free behind
    EXPECT_EQ(grown, moved);
    char* const wall = Allocate(100'000);
    memset(wall, 'w', 100'000);
    char* const elsewhere = reallocate(grown, 300'000);
    ASSERT_NE(elsewhere, nullptr);
    EXPECT_NE(elsewhere, grown);
    EXPECT_TRUE(IsAll(elsewhere, 'a', 100));
    char* const shrunk = reallocate(elsewhere, 50);
    EXPECT_TRUE(IsAll(shrunk, 'a', 50));
    EXPECT_LT(Heap().UsableSize(shrunk), 100u);
    EXPECT_TRUE(IsAll(wall, 'w', 100'000));
    Heap().Free(shrunk);
    Heap().Free(wall);
    ExpectAllFree();
  }
}

TEST_F(ProcessHeapTest, RefusedReallocateLeavesTheBlock) {
  char* const block = Allocate(100);
  memset(block, 'a', 100);
  const uint64_t before = g_provided.stats.exhausted;
  for (const size_t bytes :
       {PoolBytes() + 1, size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
    EXPECT_EQ(Heap().Reallocate(block, bytes), nullptr);
    EXPECT_EQ(FastReallocate(block, bytes), nullptr);
  }
  EXPECT_TRUE(IsAll(block, 'a', 100));
  EXPECT_EQ(Heap().UsableSize(block), 112u);
  EXPECT_EQ(g_provided.stats.exhausted, before + 6);
  Heap().Free(block);
  ExpectAllFree();
}

// As what a program never wrote to may hold: the link of a block that was there
// before.
TEST_F(ProcessHeapTest, UsableSizeIsThatOfLiveBlocksOfAnyContent) {
  char* const block = Allocate(100);
  char* const other = Allocate(100);
  for (char* const next : {static_cast<char*>(nullptr), other}) {
    WriteLink(block, Encode(next, process::g_pool.root().key));
    EXPECT_EQ(Heap().UsableSize(block), 112u);
    std::thread([block] { EXPECT_EQ(Heap().UsableSize(block), 112u); }).join();
  }
  Heap().Free(block);
  EXPECT_EQ(Heap().UsableSize(block), 0u);
  std::thread([other] {
    Heap().Free(other);
    EXPECT_EQ(Heap().UsableSize(other), 0u);
  }).join();
  EXPECT_EQ(Heap().UsableSize(other), 0u);
}

TEST_F(ProcessHeapTest, UsableSizeIsThatOfLiveBlocksOnly) {
  char* const block = Allocate(100);
  EXPECT_EQ(Heap().UsableSize(block), 112u);
  EXPECT_EQ(Heap().UsableSize(block + 1), 0u);
  EXPECT_EQ(Heap().UsableSize(block + 16), 0u);
  EXPECT_EQ(Heap().UsableSize(block + 112), 0u);
  EXPECT_EQ(Heap().UsableSize(this), 0u);
  EXPECT_EQ(Heap().UsableSize(end_), 0u);
  EXPECT_EQ(Heap().UsableSize(Pointer(UINTPTR_MAX)), 0u);
  Heap().Free(block);
  EXPECT_EQ(Heap().UsableSize(block), 0u);
}

TEST_F(ProcessHeapTest, FreeOfOlderMemoryIsIgnoredAndCounted) {
  const uint64_t ignored = Heap().ignored_frees();
  const uint64_t frees = Heap().Stats().frees;
  int older = 0;
  for (void* const block :
       {static_cast<void*>(&older), static_cast<void*>(begin_ - 1),
        static_cast<void*>(end_), static_cast<void*>(Pointer(1)),
        static_cast<void*>(Pointer(UINTPTR_MAX))}) {
    Heap().Free(block);
    FastFree(block);
  }
  EXPECT_EQ(Heap().ignored_frees(), ignored + 10);
  Heap().Free(nullptr);
  FastFree(nullptr);
  EXPECT_EQ(Heap().ignored_frees(), ignored + 10);
  EXPECT_EQ(g_provided.ignored_frees, ignored + 10);
  EXPECT_EQ(Heap().Stats().frees, frees);
}

// The fast paths.

TEST_F(ProcessHeapTest, FastPathsServeEverySizeAsTheHeapDoes) {
  for (size_t bytes = 0; bytes <= kMaxClassBytes + 2 * kPage;
       bytes += bytes < 2048 ? 1 : 61) {
    char* const block = static_cast<char*>(FastAllocate(bytes));
    ASSERT_NE(block, nullptr) << bytes;
    ASSERT_EQ(Address(block) % 16, 0u) << bytes;
    ASSERT_GE(Heap().UsableSize(block), std::max<size_t>(bytes, 1)) << bytes;
    memset(block, 0xEE, Heap().UsableSize(block));
    FastFree(block);
    ASSERT_EQ(Heap().UsableSize(block), 0u) << bytes;
  }
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, FastPathsUseWhatServesAndCountIt) {
  FastFree(FastAllocate(100));
  const HeapStats before = Heap().Stats();
  char* const block = static_cast<char*>(process::TryAllocate(100));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(Heap().CountLive().blocks, 0u);  // nothing was told yet
  EXPECT_EQ(Heap().Stats().allocations, before.allocations + 1);
  EXPECT_EQ(Heap().CountLive().blocks, 1u);
  EXPECT_EQ(Heap().CountLive().bytes, 112u);
  FastFree(block);
  EXPECT_EQ(Heap().Stats().frees, before.frees + 1);
  EXPECT_EQ(process::TryAllocate(0), nullptr);
  EXPECT_EQ(process::TryAllocate(kMaxClassBytes + 1), nullptr);
  EXPECT_EQ(process::TryAllocate(SIZE_MAX), nullptr);
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, FastFreeLeavesErrnoAlone) {
  std::vector<void*> blocks;
  for (int i = 0; i < 1000; ++i) blocks.push_back(FastAllocate(200));
  blocks.push_back(FastAllocate(100'000));
  blocks.push_back(&blocks);
  blocks.push_back(nullptr);
  errno = EXDEV;
  for (void* const block : blocks) {
    FastFree(block);
    ASSERT_EQ(errno, EXDEV);
  }
  errno = 0;
  EXPECT_EQ(FastAllocate(SIZE_MAX), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  errno = 0;
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, RootThatFastPathsTrustCannotBeWrittenTo) {
  EXPECT_EQ(process::g_root.root.base, process::g_pool.base());
  EXPECT_EQ(Address(&process::g_root) % kPage, 0u);
  EXPECT_DEATH(process::g_root.root.key ^= 1, "");
}

TEST_F(ProcessHeapTest, FiguresOfBlocksAreThoseOfAllThreads) {
  const HeapStats before = Heap().Stats();
  void* left = nullptr;
  std::thread([&] {
    for (int i = 0; i < 999; ++i) FastFree(FastAllocate(100));
    left = FastAllocate(100);
  }).join();
  const HeapStats after = Heap().Stats();
  EXPECT_EQ(after.allocations - before.allocations, 1000u);
  EXPECT_EQ(after.frees - before.frees, 999u);
  FastFree(left);
  EXPECT_EQ(Heap().Stats().frees - before.frees, 1000u);
  EXPECT_EQ(Heap().CountLive().blocks, 0u);
}

// Mistakes are fatal, and named.

#define EXPECT_REPORT(call, report)                   \
  EXPECT_EXIT(call, testing::KilledBySignal(SIGABRT), \
              "^cellblock: " report " of 0x[0-9a-f]+: .*\n$")

TEST_F(ProcessHeapDeathTest, SecondFreeIsADoubleFree) {
  for (const size_t bytes : {100, 10'000, 100'000}) {
    char* const block = Allocate(bytes);
    Heap().Free(block);
    EXPECT_REPORT(Heap().Free(block), "double free");
    EXPECT_REPORT(FastFree(block), "double free");
    EXPECT_REPORT((void)Heap().Reallocate(block, 10), "double free");
    EXPECT_REPORT((void)FastReallocate(block, 10), "double free");
  }
}

TEST_F(ProcessHeapDeathTest, FreeOfWhatWasNeverHandedOutIsADoubleFree) {
  char* const middle = begin_ + PoolBytes() / 2;
  EXPECT_REPORT(Heap().Free(middle), "double free");
  EXPECT_REPORT(FastFree(middle), "double free");
  EXPECT_REPORT(Heap().Free(end_ - 16), "double free");
}

TEST_F(ProcessHeapDeathTest, FreeInsideABlockIsAnInteriorFree) {
  for (const size_t bytes : {100, 10'000, 100'000}) {
    char* const block = Allocate(bytes);
    for (const size_t off : {size_t{16}, bytes / 2 / 16 * 16}) {
      EXPECT_REPORT(Heap().Free(block + off), "interior free");
      EXPECT_REPORT(FastFree(block + off), "interior free");
      EXPECT_REPORT((void)Heap().Reallocate(block + off, 10), "interior free");
      EXPECT_REPORT((void)FastReallocate(block + off, 10), "interior free");
    }
    Heap().Free(block);
  }
}

TEST_F(ProcessHeapDeathTest, FreeBetweenAlignmentsIsAMisalignedFree) {
  char* const block = Allocate(100);
  for (const size_t off : {size_t{1}, size_t{8}, size_t{24}, size_t{111}}) {
    EXPECT_REPORT(Heap().Free(block + off), "misaligned free");
    EXPECT_REPORT(FastFree(block + off), "misaligned free");
    EXPECT_REPORT((void)Heap().Reallocate(block + off, 10), "misaligned free");
  }
  Heap().Free(block);
  EXPECT_REPORT(Heap().Free(block + 1), "misaligned free");
}

TEST_F(ProcessHeapDeathTest, ReallocateOfOlderMemoryIsAForeignFree) {
  int older = 0;
  EXPECT_REPORT((void)Heap().Reallocate(&older, 10), "foreign free");
  EXPECT_REPORT((void)FastReallocate(&older, 10), "foreign free");
  EXPECT_REPORT((void)Heap().Reallocate(end_, 10), "foreign free");
}

TEST_F(ProcessHeapDeathTest, PageGivenBackIsADoubleFree) {
  char* const pages = Pages(2);
  EXPECT_EQ(Heap().FreePages(pages, kPage), kPage);
  EXPECT_REPORT(Heap().Free(pages), "double free");
  EXPECT_REPORT(Heap().Free(pages + kPage + 32), "foreign free");
  EXPECT_EQ(Heap().FreePages(pages, 2 * kPage), kPage);
}

}  // namespace
}  // namespace cellblock
