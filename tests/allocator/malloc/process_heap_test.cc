// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The heap of a process, by its own functions. What needs a pool of its own, or
// to be there before the pool is, runs in a process of its own.
#include "allocator/malloc/process_heap.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/malloc/fast_path.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;

uintptr_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

char* Pointer(uintptr_t address) { return reinterpret_cast<char*>(address); }

bool IsAll(const void* memory, char value, size_t bytes) {
  const char* const at = static_cast<const char*>(memory);
  return std::all_of(at, at + bytes, [value](char c) { return c == value; });
}

ProcessHeap& Heap() { return ProcessHeap::Get(); }

size_t PoolBytes() {
  return static_cast<size_t>(g_provided.end - g_provided.begin);
}

class ProcessHeapTest : public testing::Test {
 protected:
  // Nothing is handed out, and nothing was lost: the whole pool is one block.
  // So nothing is left in any cache, either.
  ProcessHeapTest() { Settle(); }
  ~ProcessHeapTest() override {
    const HeapCheck check = Heap().Validate();
    EXPECT_TRUE(check.ok()) << check.broken;
  }
  void Settle() {
    char* const whole = Allocate(PoolBytes());
    ASSERT_EQ(whole, g_provided.begin);
    Heap().Free(whole);
    ASSERT_EQ(in_use(), 0u);
  }
  // As a test ends that frees all it had.
  void ExpectAllFree() {
    const HeapStats stats = Heap().Stats();
    EXPECT_EQ(stats.allocations, stats.frees);
    Settle();
  }

  char* Allocate(size_t bytes, size_t alignment = ProcessHeap::kAlignment) {
    return static_cast<char*>(Heap().Allocate(bytes, alignment));
  }
  char* Pages(size_t count) {
    return static_cast<char*>(
        Heap().AllocatePages(count * kPage, Fill::kUninitialized));
  }
  size_t in_use() const { return g_provided.stats.in_use_bytes; }

  char* const begin_ = g_provided.begin;
  char* const end_ = g_provided.end;
};

using ProcessHeapDeathTest = ProcessHeapTest;

// The pool is made at first use.

FRESH_PROCESS(UsableBeforeConstructors) {
  char* const early = static_cast<char*>(Heap().Allocate(100));
  FRESH_CHECK(early != nullptr);
  FRESH_CHECK(Heap().Owns(early));
  FRESH_CHECK(Heap().UsableSize(early) >= 100);
  FRESH_CHECK(&ProcessHeap::Get() == &ProcessHeap::Get());
  memset(early, 'e', 100);
  FRESH_CHECK(IsAll(early, 'e', 100));
  Heap().Free(early);
}
TEST(ProcessHeapFirstUseTest, HeapIsUsableBeforeConstructors) {
  ExpectFresh("UsableBeforeConstructors");
}

TEST(ProcessHeapFirstUseTest, MainFindsThePoolMade) {
  EXPECT_EQ(g_provided.calls.load(), 1);
  EXPECT_NE(g_provided.begin, nullptr);
}

FRESH_PROCESS(NothingBeforeThePool) {
  int elsewhere = 0;
  FRESH_CHECK(!Heap().Owns(nullptr));
  FRESH_CHECK(!Heap().Owns(&elsewhere));
  const ProcessHeap::Range range = Heap().Clip(&elsewhere, sizeof(elsewhere));
  FRESH_CHECK(range.begin == range.end);
  Heap().Free(nullptr);
  FRESH_CHECK(Heap().UsableSize(nullptr) == 0);
  FRESH_CHECK(Heap().ignored_frees() == 0);
  FRESH_CHECK(g_provided.calls == 0);
}
TEST(ProcessHeapFirstUseTest, NothingIsOwnedBeforeThePoolIsMade) {
  ExpectFresh("NothingBeforeThePool");
}

FRESH_PROCESS(AnyUse) {
  int elsewhere = 0;
  FRESH_CHECK(Heap().UsableSize(&elsewhere) == 0);
  FRESH_CHECK(g_provided.calls == 1);
  for (int i = 0; i < 10; ++i) {
    FRESH_CHECK(Heap().Allocate(1) != nullptr);
    FRESH_CHECK(FastAllocate(1) != nullptr);
    FRESH_CHECK(Heap().AllocatePages(1, Fill::kZeroed) != nullptr);
  }
  FRESH_CHECK(g_provided.calls == 1);
}
TEST(ProcessHeapFirstUseTest, AnyUseMakesThePoolOnce) { ExpectFresh("AnyUse"); }

FRESH_PROCESS(FreeFirst) {
  int older = 0;
  Heap().Free(&older);
  FRESH_CHECK(g_provided.calls == 1);
  FRESH_CHECK(Heap().ignored_frees() == 1);
}
FRESH_PROCESS(FastFreeFirst) {
  int older = 0;
  FastFree(nullptr);
  FRESH_CHECK(g_provided.calls == 0);
  FastFree(&older);
  FRESH_CHECK(g_provided.calls == 1);
  FRESH_CHECK(Heap().ignored_frees() == 1);
}
FRESH_PROCESS(FastAllocateFirst) {
  FRESH_CHECK(FastAllocate(0) != nullptr);
  FRESH_CHECK(g_provided.calls == 1);
}
FRESH_PROCESS(FastAllocateOfTooMuchFirst) {
  FRESH_CHECK(FastAllocate(SIZE_MAX) == nullptr);
  FRESH_CHECK(errno == ENOMEM);
  FRESH_CHECK(g_provided.calls == 1);
}
TEST(ProcessHeapFirstUseTest, FreeOfOlderMemoryMayBeTheFirstUse) {
  ExpectFresh("FreeFirst");
  ExpectFresh("FastFreeFirst");
}
TEST(ProcessHeapFirstUseTest, FastPathMayBeTheFirstUse) {
  ExpectFresh("FastAllocateFirst");
  ExpectFresh("FastAllocateOfTooMuchFirst");
}

FRESH_PROCESS(UnusablePool) {
  g_provided.bytes = 4096;
  g_provided.offset = 1;
  (void)Heap().Allocate(1);
}
TEST(ProcessHeapFirstUseTest, PoolThatCannotBeUsedIsFatal) {
  EXPECT_EQ(RunFresh("UnusablePool").how, "Aborted");
}

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

void CheckZeroedBlocks() {
  g_provided.fill = Fill::kZeroed;
  for (const size_t bytes : {100, 1000, 3000, 70'000}) {
    for (int i = 0; i < 3; ++i) {
      char* block = static_cast<char*>(i == 0 ? FastAllocate(bytes)
                                              : Heap().Allocate(bytes));
      FRESH_CHECK(block != nullptr);
      size_t usable = Heap().UsableSize(block);
      FRESH_CHECK(IsAll(block, 0, usable));
      memset(block, 0xEE, bytes);
      // Shrunk and grown again where it is; then moved.
      size_t written = bytes;
      for (const size_t next : {bytes * 3 / 4, usable, 3 * bytes, bytes / 3}) {
        block = static_cast<char*>(Heap().Reallocate(block, next));
        FRESH_CHECK(block != nullptr);
        written = std::min(written, next);
        usable = Heap().UsableSize(block);
        FRESH_CHECK(IsAll(block, '\xEE', written));
        FRESH_CHECK(IsAll(block + written, 0, usable - written));
      }
      Heap().Free(block);
    }
  }
  // And when a block of a larger class is all that is left.
  std::vector<char*> blocks;
  while (void* const block = Heap().Allocate(80)) {
    memset(block, 0xEE, 80);
    blocks.push_back(static_cast<char*>(block));
  }
  Heap().Free(blocks[5]);
  char* const block = static_cast<char*>(Heap().Allocate(64));
  FRESH_CHECK(block == blocks[5]);
  FRESH_CHECK(Heap().Reallocate(block, 72) == block);
  FRESH_CHECK(IsAll(block, 0, 80));
}
FRESH_PROCESS(ZeroedPoolOfZeros) {
  g_provided.content = Content::kZero;
  CheckZeroedBlocks();
}
FRESH_PROCESS(ZeroedPoolOfOther) {
  g_provided.content = Content::kUnknown;
  CheckZeroedBlocks();
}
TEST(ProcessHeapFillTest, FillOfThePoolIsThatOfItsBlocks) {
  ExpectFresh("ZeroedPoolOfZeros");
  ExpectFresh("ZeroedPoolOfOther");
}

// Whose blocks are exactly as large as was asked for.
FRESH_PROCESS(ZeroedHardenedPool) {
  g_provided.fill = Fill::kZeroed;
  g_provided.bytes = size_t{4} << 20;
  g_provided.safety = Safety::kHardened;
  for (size_t bytes = 1; bytes <= 100'000; bytes += 1 + bytes / 3) {
    for (const size_t next :
         {bytes + 5, 2 * bytes, 10 * bytes, bytes / 2 + 1}) {
      char* block = static_cast<char*>(bytes % 2 == 0 ? FastAllocate(bytes)
                                                      : Heap().Allocate(bytes));
      FRESH_CHECK(block != nullptr);
      FRESH_CHECK(Heap().UsableSize(block) == bytes);
      FRESH_CHECK(IsAll(block, 0, bytes));
      memset(block, 0xEE, bytes);
      block = static_cast<char*>(Heap().Reallocate(block, next));
      FRESH_CHECK(block != nullptr);
      const size_t kept = std::min(bytes, next);
      FRESH_CHECK(IsAll(block, '\xEE', kept));
      FRESH_CHECK(IsAll(block + kept, 0, next - kept));
      memset(block, 0xDD, next);
      Heap().Free(block);
    }
  }
}
TEST(ProcessHeapFillTest, FillIsThatOfTheBlocksOfAHardenedHeapToo) {
  ExpectFresh("ZeroedHardenedPool");
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

// Pages.

TEST_F(ProcessHeapTest, PagesAreAlignedAndRoundedUp) {
  for (const size_t bytes : {size_t{0}, size_t{1}, kPage - 1, kPage}) {
    char* const page =
        static_cast<char*>(Heap().AllocatePages(bytes, Fill::kZeroed));
    ASSERT_NE(page, nullptr);
    EXPECT_EQ(Address(page) % kPage, 0u);
    EXPECT_EQ(Heap().UsableSize(page), kPage);
    EXPECT_TRUE(IsAll(page, 0, kPage));
    EXPECT_TRUE(Heap().ArePages(page, kPage));
  }
  EXPECT_EQ(in_use(), 4 * kPage);
  ASSERT_NE(Heap().AllocatePages(kPage + 1, Fill::kUninitialized), nullptr);
  EXPECT_EQ(in_use(), 6 * kPage);
  EXPECT_EQ(Heap().FreePages(begin_, PoolBytes()), 6 * kPage);
}

TEST_F(ProcessHeapTest, EachPageIsGivenBackOnItsOwn) {
  char* const pages = Pages(8);
  EXPECT_TRUE(Heap().ArePages(pages, 8 * kPage));
  EXPECT_EQ(Heap().FreePages(pages + 2 * kPage, kPage), kPage);
  EXPECT_EQ(Heap().FreePages(pages + 5 * kPage, 2 * kPage), 2 * kPage);
  EXPECT_FALSE(Heap().ArePages(pages, 8 * kPage));
  EXPECT_TRUE(Heap().ArePages(pages, 2 * kPage));
  EXPECT_FALSE(Heap().ArePages(pages, 3 * kPage));
  EXPECT_TRUE(Heap().ArePages(pages + 3 * kPage, 2 * kPage));
  EXPECT_TRUE(Heap().ArePages(pages + 7 * kPage, kPage));
  // Holes are skipped, and counted out.
  EXPECT_EQ(Heap().FreePages(pages, 8 * kPage), 5 * kPage);
  EXPECT_EQ(Heap().FreePages(pages, 8 * kPage), 0u);
  EXPECT_EQ(in_use(), 0u);
}

// What serves stays: a signal handler that asks for pages may have interrupted
// malloc right there.
TEST_F(ProcessHeapTest, PagesAreAllThatDoesNotServe) {
  std::vector<void*> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(Allocate(3000));
  for (int i = 0; i < 40; ++i) blocks.push_back(Allocate(100));
  for (void* const block : blocks) Heap().Free(block);
  const size_t lying_about = in_use();
  size_t taken = 0;
  while (Pages(1) != nullptr) taken += kPage;
  EXPECT_GT(taken + lying_about, PoolBytes());
  EXPECT_GE(taken + 4 * kPage, PoolBytes());  // a slab of each size serves
  EXPECT_EQ(Heap().FreePages(begin_, PoolBytes()), taken);
  ExpectAllFree();
}

TEST_F(ProcessHeapDeathTest, FreeOfAPageIsFatal) {
  char* const pages = Pages(2);
  EXPECT_DEATH(Heap().Free(pages), "cellblock: foreign free");
  EXPECT_DEATH(FastFree(pages), "cellblock: foreign free");
  EXPECT_EQ(Heap().FreePages(pages, 2 * kPage), 2 * kPage);
}

TEST_F(ProcessHeapTest, FreePagesLeavesBlocksOfMallocAlone) {
  char* const first = Pages(1);
  char* const block = Allocate(kPage, kPage);
  char* const second = Pages(1);
  ASSERT_EQ(block, first + kPage);
  ASSERT_EQ(second, block + kPage);
  memset(block, 'b', kPage);
  EXPECT_FALSE(Heap().ArePages(block, kPage));
  EXPECT_FALSE(Heap().ArePages(first, 3 * kPage));
  EXPECT_EQ(Heap().FreePages(first, 3 * kPage), 2 * kPage);
  EXPECT_EQ(Heap().UsableSize(block), kPage);
  EXPECT_TRUE(IsAll(block, 'b', kPage));
  Heap().Free(block);
  ExpectAllFree();
}

TEST_F(ProcessHeapTest, FreePagesOfRangesBeyondThePool) {
  char* const low = begin_ - 16 * kPage;
  const size_t beyond = PoolBytes() + 32 * kPage;
  const std::pair<char*, size_t> ranges[] = {
      {low, beyond},
      {begin_, SIZE_MAX},  // wraps round
      {begin_, -Address(begin_)},
      {nullptr, SIZE_MAX},
      {nullptr, SIZE_MAX & ~(kPage - 1)},
  };
  for (const auto& [begin, bytes] : ranges) {
    ASSERT_NE(Pages(3), nullptr);
    EXPECT_EQ(Heap().FreePages(begin, bytes), 3 * kPage);
    EXPECT_EQ(in_use(), 0u);
  }
}

TEST_F(ProcessHeapTest, FreePagesOfRangesOutsideThePoolIsNothing) {
  char* const pages = Pages(3);
  const std::pair<char*, size_t> ranges[] = {
      {pages, 0},
      {nullptr, 0},
      {nullptr, kPage},
      {nullptr, Address(begin_)},
      {end_, kPage},
      {end_, SIZE_MAX},
      {Pointer(-kPage), kPage},
      {Pointer(-kPage), SIZE_MAX},
      {pages + 3 * kPage, SIZE_MAX},
  };
  for (const auto& [begin, bytes] : ranges) {
    EXPECT_EQ(Heap().FreePages(begin, bytes), 0u);
  }
  EXPECT_EQ(in_use(), 3 * kPage);
  EXPECT_EQ(Heap().FreePages(pages, 3 * kPage), 3 * kPage);
}

TEST_F(ProcessHeapTest, ArePagesIsFalseBeyondThePool) {
  const size_t size = PoolBytes();
  char* const pages = Pages(size / kPage);
  ASSERT_EQ(pages, begin_);
  EXPECT_TRUE(Heap().ArePages(pages, size));
  EXPECT_FALSE(Heap().ArePages(pages, size + 1));
  EXPECT_FALSE(Heap().ArePages(pages, size + kPage));
  EXPECT_FALSE(Heap().ArePages(pages - kPage, 2 * kPage));
  EXPECT_FALSE(Heap().ArePages(pages - kPage, size + 2 * kPage));
  EXPECT_FALSE(Heap().ArePages(pages, SIZE_MAX));
  EXPECT_FALSE(Heap().ArePages(pages, -Address(pages)));
  EXPECT_FALSE(Heap().ArePages(pages + kPage, SIZE_MAX));
  EXPECT_FALSE(Heap().ArePages(nullptr, SIZE_MAX));
  EXPECT_FALSE(Heap().ArePages(nullptr, kPage));
  EXPECT_FALSE(Heap().ArePages(end_, kPage));
  EXPECT_FALSE(Heap().ArePages(Pointer(-kPage), kPage));
  EXPECT_FALSE(Heap().ArePages(Pointer(-kPage), SIZE_MAX));
  EXPECT_EQ(Heap().FreePages(pages, size), size);
}

FRESH_PROCESS(PoolBesideAPage) {
  g_provided.offset = 32;
  char* const pages =
      static_cast<char*>(Heap().AllocatePages(3 * kPage, Fill::kZeroed));
  FRESH_CHECK(pages != nullptr);
  FRESH_CHECK(Address(pages) % kPage == 0);
  FRESH_CHECK(Heap().ArePages(pages, 3 * kPage));
  FRESH_CHECK(Heap().FreePages(pages, kPage) == kPage);
  // From the page that the pool starts in.
  FRESH_CHECK(Heap().FreePages(g_provided.begin - 32, PoolBytes()) ==
              2 * kPage);
}
TEST(ProcessHeapOffsetTest, PagesOfAPoolThatStartsBesideAPageAreGivenBack) {
  ExpectFresh("PoolBesideAPage");
}

// Owns and Clip.

TEST_F(ProcessHeapTest, OwnsThePoolAndNothingBeside) {
  EXPECT_TRUE(Heap().Owns(begin_));
  EXPECT_TRUE(Heap().Owns(end_ - 1));
  EXPECT_FALSE(Heap().Owns(begin_ - 1));
  EXPECT_FALSE(Heap().Owns(end_));
  EXPECT_FALSE(Heap().Owns(nullptr));
  EXPECT_FALSE(Heap().Owns(Pointer(UINTPTR_MAX)));
  EXPECT_FALSE(Heap().Owns(this));
}

TEST_F(ProcessHeapTest, ClipIsThePartInThePool) {
  char* const begin = begin_;
  char* const end = end_;
  struct Case {
    char* from;
    size_t bytes;
    char* first;
    char* last;
  };
  const Case cases[] = {
      {begin, PoolBytes(), begin, end},
      {begin, 1, begin, begin + 1},
      {begin + 5, 10, begin + 5, begin + 15},
      {end - 1, 1, end - 1, end},
      {begin - 10, 20, begin, begin + 10},
      {end - 10, 20, end - 10, end},
      {begin - 10, PoolBytes() + 20, begin, end},
      {begin, SIZE_MAX, begin, end},
      {begin + 5, SIZE_MAX, begin + 5, end},
      {begin + 5, -Address(begin + 5), begin + 5, end},
      {begin + 5, -Address(begin + 5) - 1, begin + 5, end},
      {begin + 5, -Address(begin + 5) + 1, begin + 5, end},
      {nullptr, SIZE_MAX, begin, end},
      {nullptr, Address(begin) + 1, begin, begin + 1},
  };
  for (const Case& c : cases) {
    const ProcessHeap::Range range = Heap().Clip(c.from, c.bytes);
    EXPECT_EQ(range.begin - begin, c.first - begin) << c.from - begin;
    EXPECT_EQ(range.end - begin, c.last - begin) << c.from - begin;
  }
  const std::pair<char*, size_t> outside[] = {
      {begin, 0},         {end, 0},
      {begin + 5, 0},     {begin - 10, 10},
      {begin - 10, 0},    {end, 1},
      {end, SIZE_MAX},    {end + 10, 10},
      {nullptr, 0},       {nullptr, Address(begin)},
      {Pointer(-10), 5},  {Pointer(-10), 10},
      {Pointer(-10), 20}, {Pointer(UINTPTR_MAX), SIZE_MAX},
  };
  for (const auto& [from, bytes] : outside) {
    const ProcessHeap::Range range = Heap().Clip(from, bytes);
    EXPECT_EQ(range.begin, range.end);
    EXPECT_GE(range.begin, begin);
    EXPECT_LE(range.end, end);
  }
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

FRESH_PROCESS(ForeignFreeIsReported) {
  g_provided.foreign_free = ForeignFree::kReport;
  int older = 0;
  Heap().Free(&older);
}
FRESH_PROCESS(ForeignFastFreeIsReported) {
  g_provided.foreign_free = ForeignFree::kReport;
  (void)FastAllocate(1);
  int older = 0;
  FastFree(&older);
}
TEST(ProcessHeapForeignFreeTest, IsFatalWhereThePoolSaysSo) {
  for (const char* const body :
       {"ForeignFreeIsReported", "ForeignFastFreeIsReported"}) {
    const FreshEnd end = RunFresh(body);
    EXPECT_EQ(end.how, "Aborted");
    EXPECT_EQ(end.errors.find("cellblock: foreign free of 0x"), 0u)
        << end.errors;
  }
}

// Programs that try again for ever.

constexpr char kInARow[] =
    "cellblock: the pool is exhausted: 5 allocations in a row were refused\n";

FRESH_PROCESS(FourInARow) {
  g_provided.most_refusals_in_a_row = 5;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i)
      FRESH_CHECK(Heap().Allocate(SIZE_MAX) == nullptr);
    // Something is served in between.
    FRESH_CHECK(FastAllocate(16) != nullptr);
  }
}
FRESH_PROCESS(FiveInARow) {
  g_provided.most_refusals_in_a_row = 5;
  for (int i = 0; i < 5; ++i) FRESH_CHECK(Heap().Allocate(SIZE_MAX) == nullptr);
}
FRESH_PROCESS(FiveOfAllKindsInARow) {
  g_provided.most_refusals_in_a_row = 5;
  void* const block = Heap().Allocate(16);
  (void)FastAllocate(SIZE_MAX);
  (void)Heap().AllocateZeroed(SIZE_MAX);
  (void)Heap().AllocatePages(SIZE_MAX, Fill::kZeroed);
  (void)Heap().Reallocate(block, SIZE_MAX);
  (void)FastReallocate(block, SIZE_MAX);
}
FRESH_PROCESS(FiveShrinksInARow) {
  g_provided.most_refusals_in_a_row = 5;
  void* block = Heap().Allocate(g_provided.bytes);
  for (size_t bytes = g_provided.bytes / 2; bytes > 0; bytes /= 2) {
    block = Heap().Reallocate(block, bytes);
    FRESH_CHECK(block != nullptr);
  }
  FRESH_CHECK(Heap().Allocate(SIZE_MAX) == nullptr);
}
TEST(ProcessHeapRefusalsTest, SoManyInARowEndTheProcess) {
  ExpectFresh("FourInARow");
  for (const char* const body : {"FiveInARow", "FiveOfAllKindsInARow"}) {
    const FreshEnd end = RunFresh(body);
    EXPECT_EQ(end.how, "Aborted") << body;
    EXPECT_EQ(end.errors, kInARow) << body;
  }
}
TEST(ProcessHeapRefusalsTest, ShrinkingABlockIsNeverRefused) {
  ExpectFresh("FiveShrinksInARow");
}

// The figures of whoever watches, at the end.

FRESH_PROCESS(FiguresAtTheEnd) {
  void* const block = FastAllocate(100);
  (void)FastAllocate(100);
  FastFree(block);
  g_provided.hook = [] {
    FRESH_CHECK(g_provided.stats.allocations == 2);
    FRESH_CHECK(g_provided.stats.frees == 1);
    _exit(0);
  };
  // After the heap's own destructor, which is one of those of no priority.
  exit(0);
}
__attribute__((destructor(150))) void CallTheHookAgain() {
  if (getenv("CELLBLOCK_FRESH") != nullptr && g_provided.hook != nullptr) {
    g_provided.hook();
  }
}
TEST(ProcessHeapFiguresTest, AreCompleteAtTheEndOfTheProcess) {
  ExpectFresh("FiguresAtTheEnd");
}

}  // namespace
}  // namespace cellblock
