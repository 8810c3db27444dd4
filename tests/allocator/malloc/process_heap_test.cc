// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/malloc/process_heap.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;
constexpr size_t kUnit = ProcessHeap::kUnit;

uintptr_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

char* Pointer(uintptr_t address) { return reinterpret_cast<char*>(address); }

bool IsAll(const void* memory, char value, size_t bytes) {
  const char* const at = static_cast<const char*>(memory);
  return std::all_of(at, at + bytes, [value](char c) { return c == value; });
}

// The process's own heap, used before any constructor of this program.
void* g_early;
bool g_early_owned;

__attribute__((constructor(101))) void AllocateEarly() {
  g_early = ProcessHeap::Get().Allocate(100);
  g_early_owned = ProcessHeap::Get().Owns(g_early);
  if (g_early != nullptr) memset(g_early, 'e', 100);
}

TEST(ProcessHeapGetTest, IsUsableBeforeConstructors) {
  ASSERT_NE(g_early, nullptr);
  EXPECT_TRUE(g_early_owned);
  EXPECT_TRUE(IsAll(g_early, 'e', 100));
  EXPECT_EQ(&ProcessHeap::Get(), &ProcessHeap::Get());
  EXPECT_GE(ProcessHeap::Get().UsableSize(g_early), 100u);
}

class ProcessHeapTest : public testing::Test {
 protected:
  char* Allocate(size_t bytes, size_t alignment = ProcessHeap::kAlignment) {
    return static_cast<char*>(heap_.Allocate(bytes, alignment));
  }
  char* Pages(size_t count) {
    return static_cast<char*>(
        heap_.AllocatePages(count * kPage, Fill::kUninitialized));
  }
  size_t in_use() const { return pool_.stats().in_use_bytes; }

  ProvidedPool pool_;
  ProcessHeap heap_;
};

using ProcessHeapDeathTest = ProcessHeapTest;

// The pool is made at first use.

TEST_F(ProcessHeapTest, NothingIsOwnedBeforeThePoolIsMade) {
  EXPECT_FALSE(heap_.Owns(nullptr));
  EXPECT_FALSE(heap_.Owns(pool_.begin()));
  const ProcessHeap::Range range = heap_.Clip(pool_.begin(), pool_.size());
  EXPECT_EQ(range.begin, range.end);
  heap_.Free(nullptr);
  EXPECT_EQ(heap_.UsableSize(nullptr), 0u);
  EXPECT_EQ(heap_.ignored_frees(), 0u);
  EXPECT_EQ(pool_.calls(), 0);
}

TEST_F(ProcessHeapTest, AnyUseMakesThePoolOnce) {
  EXPECT_EQ(heap_.UsableSize(this), 0u);
  EXPECT_EQ(pool_.calls(), 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(Allocate(1), nullptr);
    EXPECT_NE(Pages(1), nullptr);
  }
  EXPECT_EQ(pool_.calls(), 1);
}

TEST_F(ProcessHeapTest, FreeOfOlderMemoryMayBeTheFirstUse) {
  int older = 0;
  heap_.Free(&older);
  EXPECT_EQ(pool_.calls(), 1);
  EXPECT_EQ(heap_.ignored_frees(), 1u);
}

TEST(ProcessHeapPoolDeathTest, PoolThatCannotBeUsedIsFatal) {
  const ProvidedPool pool({.bytes = 4096, .offset = 1});
  ProcessHeap heap;
  EXPECT_EXIT((void)heap.Allocate(1), testing::KilledBySignal(SIGABRT), "");
}

// Blocks.

TEST_F(ProcessHeapTest, EverySizeIsAlignedAndLarge) {
  for (size_t bytes = 0; bytes <= 3 * kPage; ++bytes) {
    char* const block = Allocate(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    EXPECT_EQ(Address(block) % ProcessHeap::kAlignment, 0u) << bytes;
    EXPECT_GE(heap_.UsableSize(block), std::max<size_t>(bytes, 1)) << bytes;
    EXPECT_LT(heap_.UsableSize(block), bytes + kUnit + 1) << bytes;
    EXPECT_TRUE(heap_.Owns(block));
    heap_.Free(block);
  }
  EXPECT_EQ(in_use(), 0u);
}

TEST_F(ProcessHeapTest, EveryAlignmentIsKept) {
  for (size_t alignment = 1; alignment <= pool_.size() / 4; alignment *= 2) {
    for (const size_t bytes : {size_t{0}, size_t{1}, alignment}) {
      char* const block = Allocate(bytes, alignment);
      ASSERT_NE(block, nullptr) << alignment;
      EXPECT_EQ(Address(block) % alignment, 0u) << alignment;
      heap_.Free(block);
    }
  }
}

TEST_F(ProcessHeapTest, AlignmentThatIsNoPowerOfTwoIsRefused) {
  for (const size_t alignment :
       {size_t{0}, size_t{3}, size_t{24}, size_t{4095}, SIZE_MAX}) {
    EXPECT_EQ(Allocate(1, alignment), nullptr) << alignment;
  }
  EXPECT_EQ(pool_.stats().exhausted, 0u);
}

TEST_F(ProcessHeapTest, WhatIsTooLargeIsRefusedAndCounted) {
  uint64_t refused = 0;
  for (const size_t bytes :
       {pool_.size() + 1, size_t{PTRDIFF_MAX}, size_t{PTRDIFF_MAX} + 1,
        SIZE_MAX - kPage, SIZE_MAX - kUnit, SIZE_MAX - 1, SIZE_MAX}) {
    EXPECT_EQ(Allocate(bytes), nullptr) << bytes;
    EXPECT_EQ(heap_.AllocateZeroed(bytes), nullptr) << bytes;
    EXPECT_EQ(heap_.AllocatePages(bytes, Fill::kZeroed), nullptr) << bytes;
    refused += 3;
  }
  EXPECT_EQ(Allocate(1, size_t{1} << 63), nullptr);
  EXPECT_EQ(pool_.stats().exhausted, refused + 1);
  EXPECT_EQ(in_use(), 0u);
}

TEST_F(ProcessHeapTest, WholePoolIsOneBlockAndComesBack) {
  for (int i = 0; i < 3; ++i) {
    char* const block = Allocate(pool_.size());
    ASSERT_EQ(block, pool_.begin());
    EXPECT_EQ(Allocate(0), nullptr);
    memset(block, i, pool_.size());
    heap_.Free(block);
  }
}

TEST_F(ProcessHeapTest, EmptyBlocksAreDifferent) {
  char* const a = Allocate(0);
  char* const b = Allocate(0);
  EXPECT_NE(a, nullptr);
  EXPECT_NE(b, nullptr);
  EXPECT_NE(a, b);
}

TEST_F(ProcessHeapTest, ZeroedIsZeroThroughoutAlsoWhenReused) {
  for (const size_t bytes : {0, 1, 31, 32, 33, 5000, 100000}) {
    for (int i = 0; i < 3; ++i) {
      void* const block = heap_.AllocateZeroed(bytes);
      ASSERT_NE(block, nullptr);
      const size_t usable = heap_.UsableSize(block);
      EXPECT_TRUE(IsAll(block, 0, usable)) << bytes;
      memset(block, 0xEE, usable);
      heap_.Free(block);
    }
  }
}

TEST(ProcessHeapFillTest, FillOfThePoolIsThatOfItsBlocks) {
  for (const Content content : {Content::kZero, Content::kUnknown}) {
    const ProvidedPool pool({.fill = Fill::kZeroed, .content = content});
    ProcessHeap heap;
    for (int i = 0; i < 3; ++i) {
      void* const block = heap.Allocate(1000);
      EXPECT_TRUE(IsAll(block, 0, heap.UsableSize(block)));
      memset(block, 0xEE, heap.UsableSize(block));
      // Grown in place, then moved.
      char* grown = static_cast<char*>(heap.Reallocate(block, 3000));
      EXPECT_TRUE(IsAll(grown, '\xEE', 1000));
      EXPECT_TRUE(IsAll(grown + 1024, 0, heap.UsableSize(grown) - 1024));
      void* const wall = heap.Allocate(1);
      grown = static_cast<char*>(heap.Reallocate(grown, 9000));
      EXPECT_TRUE(IsAll(grown, '\xEE', 1000));
      EXPECT_TRUE(IsAll(grown + 1024, 0, heap.UsableSize(grown) - 1024));
      heap.Free(grown);
      heap.Free(wall);
    }
  }
}

TEST_F(ProcessHeapTest, ReallocateKeepsContentInPlaceAndMoved) {
  char* block = Allocate(100);
  memset(block, 'a', 100);
  char* const grown = static_cast<char*>(heap_.Reallocate(block, 10000));
  EXPECT_EQ(grown, block);
  char* const wall = Allocate(100);
  memset(wall, 'w', 100);
  char* const moved = static_cast<char*>(heap_.Reallocate(grown, 20000));
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, grown);
  EXPECT_EQ(heap_.UsableSize(grown), 0u);
  EXPECT_TRUE(IsAll(moved, 'a', 100));
  char* const shrunk = static_cast<char*>(heap_.Reallocate(moved, 50));
  EXPECT_EQ(shrunk, moved);
  EXPECT_TRUE(IsAll(shrunk, 'a', 50));
  EXPECT_LT(heap_.UsableSize(shrunk), 100u);
  EXPECT_TRUE(IsAll(wall, 'w', 100));
  heap_.Free(shrunk);
  heap_.Free(wall);
  EXPECT_EQ(in_use(), 0u);
}

TEST_F(ProcessHeapTest, RefusedReallocateLeavesTheBlock) {
  char* const block = Allocate(100);
  memset(block, 'a', 100);
  const size_t before = in_use();
  for (const size_t bytes :
       {pool_.size() + 1, size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
    EXPECT_EQ(heap_.Reallocate(block, bytes), nullptr);
  }
  EXPECT_TRUE(IsAll(block, 'a', 100));
  EXPECT_EQ(in_use(), before);
  EXPECT_EQ(pool_.stats().exhausted, 3u);
  heap_.Free(block);
}

TEST_F(ProcessHeapTest, UsableSizeIsThatOfLiveBlocksOnly) {
  char* const block = Allocate(100);
  EXPECT_EQ(heap_.UsableSize(block), 128u);
  EXPECT_EQ(heap_.UsableSize(block + 1), 0u);
  EXPECT_EQ(heap_.UsableSize(block + kUnit), 0u);
  EXPECT_EQ(heap_.UsableSize(block + 128), 0u);
  EXPECT_EQ(heap_.UsableSize(this), 0u);
  EXPECT_EQ(heap_.UsableSize(pool_.end()), 0u);
  EXPECT_EQ(heap_.UsableSize(Pointer(UINTPTR_MAX)), 0u);
  heap_.Free(block);
  EXPECT_EQ(heap_.UsableSize(block), 0u);
}

TEST_F(ProcessHeapTest, FreeOfOlderMemoryIsIgnoredAndCounted) {
  ASSERT_NE(Allocate(1), nullptr);
  int older = 0;
  for (void* const block :
       {static_cast<void*>(&older), static_cast<void*>(pool_.begin() - 1),
        static_cast<void*>(pool_.end()), static_cast<void*>(Pointer(1)),
        static_cast<void*>(Pointer(UINTPTR_MAX))}) {
    heap_.Free(block);
  }
  EXPECT_EQ(heap_.ignored_frees(), 5u);
  heap_.Free(nullptr);
  EXPECT_EQ(heap_.ignored_frees(), 5u);
  EXPECT_EQ(pool_.stats().frees, 0u);
}

// Pages.

TEST_F(ProcessHeapTest, PagesAreAlignedAndRoundedUp) {
  for (const size_t bytes : {size_t{0}, size_t{1}, kPage - 1, kPage}) {
    char* const page =
        static_cast<char*>(heap_.AllocatePages(bytes, Fill::kZeroed));
    ASSERT_NE(page, nullptr);
    EXPECT_EQ(Address(page) % kPage, 0u);
    EXPECT_EQ(heap_.UsableSize(page), kPage);
    EXPECT_TRUE(IsAll(page, 0, kPage));
    EXPECT_TRUE(heap_.ArePages(page, kPage));
  }
  EXPECT_EQ(in_use(), 4 * kPage);
  ASSERT_NE(heap_.AllocatePages(kPage + 1, Fill::kUninitialized), nullptr);
  EXPECT_EQ(in_use(), 6 * kPage);
}

TEST_F(ProcessHeapTest, EachPageIsGivenBackOnItsOwn) {
  char* const pages = Pages(8);
  EXPECT_TRUE(heap_.ArePages(pages, 8 * kPage));
  EXPECT_EQ(heap_.FreePages(pages + 2 * kPage, kPage), kPage);
  EXPECT_EQ(heap_.FreePages(pages + 5 * kPage, 2 * kPage), 2 * kPage);
  EXPECT_FALSE(heap_.ArePages(pages, 8 * kPage));
  EXPECT_TRUE(heap_.ArePages(pages, 2 * kPage));
  EXPECT_FALSE(heap_.ArePages(pages, 3 * kPage));
  EXPECT_TRUE(heap_.ArePages(pages + 3 * kPage, 2 * kPage));
  EXPECT_TRUE(heap_.ArePages(pages + 7 * kPage, kPage));
  // Holes are skipped, and counted out.
  EXPECT_EQ(heap_.FreePages(pages, 8 * kPage), 5 * kPage);
  EXPECT_EQ(heap_.FreePages(pages, 8 * kPage), 0u);
  EXPECT_EQ(in_use(), 0u);
}

TEST_F(ProcessHeapDeathTest, FreeOfAPageIsFatal) {
  char* const pages = Pages(2);
  EXPECT_DEATH(heap_.Free(pages), "cellblock: foreign free");
  EXPECT_EQ(heap_.FreePages(pages, 2 * kPage), 2 * kPage);
}

TEST_F(ProcessHeapTest, FreePagesLeavesBlocksOfMallocAlone) {
  char* const first = Pages(1);
  char* const block = Allocate(kPage, kPage);
  char* const second = Pages(1);
  ASSERT_EQ(block, first + kPage);
  ASSERT_EQ(second, block + kPage);
  memset(block, 'b', kPage);
  EXPECT_FALSE(heap_.ArePages(block, kPage));
  EXPECT_FALSE(heap_.ArePages(first, 3 * kPage));
  EXPECT_EQ(heap_.FreePages(first, 3 * kPage), 2 * kPage);
  EXPECT_EQ(heap_.UsableSize(block), kPage);
  EXPECT_TRUE(IsAll(block, 'b', kPage));
}

TEST_F(ProcessHeapTest, FreePagesOfRangesBeyondThePool) {
  char* const low = pool_.begin() - 16 * kPage;
  const size_t beyond = pool_.size() + 32 * kPage;
  const std::pair<char*, size_t> ranges[] = {
      {low, beyond},
      {pool_.begin(), SIZE_MAX},  // wraps round
      {pool_.begin(), -Address(pool_.begin())},
      {nullptr, SIZE_MAX},
      {nullptr, SIZE_MAX & ~(kPage - 1)},
  };
  for (const auto& [begin, bytes] : ranges) {
    ASSERT_NE(Pages(3), nullptr);
    EXPECT_EQ(heap_.FreePages(begin, bytes), 3 * kPage);
    EXPECT_EQ(in_use(), 0u);
  }
}

TEST_F(ProcessHeapTest, FreePagesOfRangesOutsideThePoolIsNothing) {
  char* const pages = Pages(3);
  const std::pair<char*, size_t> ranges[] = {
      {pages, 0},
      {nullptr, 0},
      {nullptr, kPage},
      {nullptr, Address(pool_.begin())},
      {pool_.end(), kPage},
      {pool_.end(), SIZE_MAX},
      {Pointer(-kPage), kPage},
      {Pointer(-kPage), SIZE_MAX},
      {pages + 3 * kPage, SIZE_MAX},
  };
  for (const auto& [begin, bytes] : ranges) {
    EXPECT_EQ(heap_.FreePages(begin, bytes), 0u);
  }
  EXPECT_EQ(in_use(), 3 * kPage);
}

TEST_F(ProcessHeapTest, ArePagesIsFalseBeyondThePool) {
  char* const pages = Pages(pool_.size() / kPage);
  ASSERT_EQ(pages, pool_.begin());
  EXPECT_TRUE(heap_.ArePages(pages, pool_.size()));
  EXPECT_FALSE(heap_.ArePages(pages, pool_.size() + 1));
  EXPECT_FALSE(heap_.ArePages(pages, pool_.size() + kPage));
  EXPECT_FALSE(heap_.ArePages(pages - kPage, 2 * kPage));
  EXPECT_FALSE(heap_.ArePages(pages - kPage, pool_.size() + 2 * kPage));
  EXPECT_FALSE(heap_.ArePages(pages, SIZE_MAX));
  EXPECT_FALSE(heap_.ArePages(pages, -Address(pages)));
  EXPECT_FALSE(heap_.ArePages(pages + kPage, SIZE_MAX));
  EXPECT_FALSE(heap_.ArePages(nullptr, SIZE_MAX));
  EXPECT_FALSE(heap_.ArePages(nullptr, kPage));
  EXPECT_FALSE(heap_.ArePages(pool_.end(), kPage));
  EXPECT_FALSE(heap_.ArePages(Pointer(-kPage), kPage));
  EXPECT_FALSE(heap_.ArePages(Pointer(-kPage), SIZE_MAX));
}

// HeapMemory asks for a base that is aligned to the unit, no more.
TEST(ProcessHeapOffsetTest, PagesOfAPoolThatStartsBesideAPageAreGivenBack) {
  const ProvidedPool pool({.offset = 32});
  ProcessHeap heap;
  char* const pages =
      static_cast<char*>(heap.AllocatePages(3 * kPage, Fill::kZeroed));
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(Address(pages) % kPage, 0u);
  EXPECT_TRUE(heap.ArePages(pages, 3 * kPage));
  EXPECT_EQ(heap.FreePages(pages, kPage), kPage);
  // From the page that the pool starts in.
  EXPECT_EQ(heap.FreePages(pool.begin() - 32, pool.size()), 2 * kPage);
}

// Owns and Clip.

TEST_F(ProcessHeapTest, OwnsThePoolAndNothingBeside) {
  ASSERT_NE(Allocate(1), nullptr);
  EXPECT_TRUE(heap_.Owns(pool_.begin()));
  EXPECT_TRUE(heap_.Owns(pool_.end() - 1));
  EXPECT_FALSE(heap_.Owns(pool_.begin() - 1));
  EXPECT_FALSE(heap_.Owns(pool_.end()));
  EXPECT_FALSE(heap_.Owns(nullptr));
  EXPECT_FALSE(heap_.Owns(Pointer(UINTPTR_MAX)));
  EXPECT_FALSE(heap_.Owns(this));
}

TEST_F(ProcessHeapTest, ClipIsThePartInThePool) {
  ASSERT_NE(Allocate(1), nullptr);
  char* const begin = pool_.begin();
  char* const end = pool_.end();
  struct Case {
    char* from;
    size_t bytes;
    char* first;
    char* last;
  };
  const Case cases[] = {
      {begin, pool_.size(), begin, end},
      {begin, 1, begin, begin + 1},
      {begin + 5, 10, begin + 5, begin + 15},
      {end - 1, 1, end - 1, end},
      {begin - 10, 20, begin, begin + 10},
      {end - 10, 20, end - 10, end},
      {begin - 10, pool_.size() + 20, begin, end},
      {begin, SIZE_MAX, begin, end},
      {begin + 5, SIZE_MAX, begin + 5, end},
      {begin + 5, -Address(begin + 5), begin + 5, end},
      {begin + 5, -Address(begin + 5) - 1, begin + 5, end},
      {begin + 5, -Address(begin + 5) + 1, begin + 5, end},
      {nullptr, SIZE_MAX, begin, end},
      {nullptr, Address(begin) + 1, begin, begin + 1},
  };
  for (const Case& c : cases) {
    const ProcessHeap::Range range = heap_.Clip(c.from, c.bytes);
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
    const ProcessHeap::Range range = heap_.Clip(from, bytes);
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
  char* const block = Allocate(100);
  heap_.Free(block);
  EXPECT_REPORT(heap_.Free(block), "double free");
  EXPECT_REPORT((void)heap_.Reallocate(block, 10), "double free");
}

TEST_F(ProcessHeapDeathTest, FreeOfWhatWasNeverHandedOutIsADoubleFree) {
  ASSERT_NE(Allocate(100), nullptr);
  EXPECT_REPORT(heap_.Free(pool_.begin() + pool_.size() / 2), "double free");
  EXPECT_REPORT(heap_.Free(pool_.end() - kUnit), "double free");
}

TEST_F(ProcessHeapDeathTest, FreeInsideABlockIsAnInteriorFree) {
  char* const block = Allocate(100);
  EXPECT_REPORT(heap_.Free(block + kUnit), "interior free");
  EXPECT_REPORT(heap_.Free(block + 3 * kUnit), "interior free");
  EXPECT_REPORT((void)heap_.Reallocate(block + kUnit, 10), "interior free");
}

TEST_F(ProcessHeapDeathTest, FreeBetweenUnitsIsAMisalignedFree) {
  char* const block = Allocate(100);
  for (const size_t off : {size_t{1}, size_t{8}, size_t{16}, kUnit - 1}) {
    EXPECT_REPORT(heap_.Free(block + off), "misaligned free");
    EXPECT_REPORT((void)heap_.Reallocate(block + off, 10), "misaligned free");
  }
  heap_.Free(block);
  EXPECT_REPORT(heap_.Free(block + 1), "misaligned free");
}

TEST_F(ProcessHeapDeathTest, ReallocateOfOlderMemoryIsAForeignFree) {
  int older = 0;
  EXPECT_REPORT((void)heap_.Reallocate(&older, 10), "foreign free");
  EXPECT_REPORT((void)heap_.Reallocate(pool_.end(), 10), "foreign free");
}

TEST_F(ProcessHeapDeathTest, PageGivenBackIsADoubleFree) {
  char* const pages = Pages(2);
  EXPECT_EQ(heap_.FreePages(pages, kPage), kPage);
  EXPECT_REPORT(heap_.Free(pages), "double free");
  EXPECT_REPORT(heap_.Free(pages + kPage + kUnit), "interior free");
}

}  // namespace
}  // namespace cellblock
