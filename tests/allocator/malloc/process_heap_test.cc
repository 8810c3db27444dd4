// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The process heap as those see it who answer memory calls from it. What is
// under it has tests of its own: slab_pool_test.cc, thread_heap_test.cc.
#include "allocator/malloc/process_heap.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

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

// Used before any constructor of this program, and of the heap itself.
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

TEST(ProcessHeapGetTest, MakesThePoolOnce) { EXPECT_EQ(ProvidedCalls(), 1); }

// Each test gives back the blocks that it took, and the heap is whole after it.
class ProcessHeapTest : public testing::Test {
 protected:
  ~ProcessHeapTest() override {
    heap_.FreePages(ProvidedBegin(), kProvidedBytes);
    heap_.Stats();
    EXPECT_EQ(heap_.CountLive().blocks, live_);
    const HeapCheck check = heap_.Validate();
    EXPECT_TRUE(check.ok()) << check.broken << " at " << check.offset;
  }

  char* Allocate(size_t bytes, size_t alignment = ProcessHeap::kAlignment) {
    return static_cast<char*>(heap_.Allocate(bytes, alignment));
  }
  char* Pages(size_t count) {
    return static_cast<char*>(
        heap_.AllocatePages(count * kPage, Fill::kUninitialized));
  }
  // Since the test began.
  size_t in_use() { return heap_.Stats().in_use_bytes - in_use_; }
  char* begin() { return ProvidedBegin(); }
  char* end() { return ProvidedEnd(); }

  ProcessHeap& heap_ = ProcessHeap::Get();
  const size_t in_use_ = heap_.Stats().in_use_bytes;
  const uint64_t live_ = heap_.CountLive().blocks;
};

using ProcessHeapDeathTest = ProcessHeapTest;

// Blocks.

TEST_F(ProcessHeapTest, EverySizeIsAlignedAndLarge) {
  for (size_t bytes = 0; bytes <= 20 * kPage; bytes += 1 + bytes / 512) {
    char* const block = Allocate(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    EXPECT_EQ(Address(block) % ProcessHeap::kAlignment, 0u) << bytes;
    EXPECT_GE(heap_.UsableSize(block), std::max<size_t>(bytes, 1)) << bytes;
    EXPECT_LE(heap_.UsableSize(block),
              bytes <= kMaxClassBytes ? bytes + std::max<size_t>(bytes / 8, 16)
                                      : bytes + kPage - 1)
        << bytes;
    EXPECT_TRUE(heap_.Owns(block));
    memset(block, 'x', heap_.UsableSize(block));
    heap_.Free(block);
  }
}

TEST_F(ProcessHeapTest, EveryAlignmentIsKept) {
  for (size_t alignment = 1; alignment <= kProvidedBytes / 4; alignment *= 2) {
    for (const size_t bytes : {size_t{0}, size_t{1}, alignment}) {
      char* const block = Allocate(bytes, alignment);
      ASSERT_NE(block, nullptr) << alignment;
      EXPECT_EQ(Address(block) % alignment, 0u) << alignment;
      heap_.Free(block);
    }
  }
}

TEST_F(ProcessHeapTest, AlignmentThatIsNoPowerOfTwoIsRefused) {
  const uint64_t before = heap_.Stats().exhausted;
  for (const size_t alignment :
       {size_t{0}, size_t{3}, size_t{24}, size_t{4095}, SIZE_MAX}) {
    EXPECT_EQ(Allocate(1, alignment), nullptr) << alignment;
  }
  EXPECT_EQ(heap_.Stats().exhausted, before);
}

TEST_F(ProcessHeapTest, WhatIsTooLargeIsRefusedAndCounted) {
  uint64_t refused = ProvidedStats().exhausted;
  for (const size_t bytes :
       {kProvidedBytes + 1, size_t{PTRDIFF_MAX}, size_t{PTRDIFF_MAX} + 1,
        SIZE_MAX - kPage, SIZE_MAX - 16, SIZE_MAX - 1, SIZE_MAX}) {
    EXPECT_EQ(Allocate(bytes), nullptr) << bytes;
    EXPECT_EQ(heap_.AllocateZeroed(bytes), nullptr) << bytes;
    EXPECT_EQ(heap_.AllocatePages(bytes, Fill::kZeroed), nullptr) << bytes;
    refused += 3;
    EXPECT_EQ(ProvidedStats().last_exhaustion.asked, bytes);
  }
  EXPECT_EQ(Allocate(1, size_t{1} << 63), nullptr);
  EXPECT_EQ(ProvidedStats().exhausted, refused + 1);
}

TEST_F(ProcessHeapTest, RefusedReallocateLeavesTheBlock) {
  char* const block = Allocate(100);
  memset(block, 'a', 100);
  for (const size_t bytes :
       {kProvidedBytes + 1, size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
    EXPECT_EQ(heap_.Reallocate(block, bytes), nullptr);
  }
  EXPECT_TRUE(IsAll(block, 'a', 100));
  heap_.Free(block);
}

TEST_F(ProcessHeapTest, UsableSizeIsThatOfLiveBlocksOnly) {
  char* const block = Allocate(100);
  EXPECT_EQ(heap_.UsableSize(block), 112u);
  EXPECT_EQ(heap_.UsableSize(block + 1), 0u);
  EXPECT_EQ(heap_.UsableSize(block + 16), 0u);
  EXPECT_EQ(heap_.UsableSize(this), 0u);
  EXPECT_EQ(heap_.UsableSize(end()), 0u);
  EXPECT_EQ(heap_.UsableSize(Pointer(UINTPTR_MAX)), 0u);
  EXPECT_EQ(heap_.UsableSize(nullptr), 0u);
  heap_.Free(block);
  EXPECT_EQ(heap_.UsableSize(block), 0u);
}

TEST_F(ProcessHeapTest, FreeOfOlderMemoryIsIgnoredAndCounted) {
  const uint64_t before = heap_.ignored_frees();
  int older = 0;
  for (void* const block :
       {static_cast<void*>(&older), static_cast<void*>(begin() - 1),
        static_cast<void*>(end()), static_cast<void*>(Pointer(1)),
        static_cast<void*>(Pointer(UINTPTR_MAX))}) {
    heap_.Free(block);
  }
  EXPECT_EQ(heap_.ignored_frees(), before + 5);
  EXPECT_EQ(ProvidedIgnoredFrees(), before + 5);
  heap_.Free(nullptr);
  EXPECT_EQ(heap_.ignored_frees(), before + 5);
}

TEST_F(ProcessHeapTest, FiguresOfBlocksAreThoseOfAllThreads) {
  const HeapStats before = heap_.Stats();
  void* left = nullptr;
  std::thread([&] {
    for (int i = 0; i < 999; ++i) heap_.Free(heap_.Allocate(100));
    left = heap_.Allocate(100);
  }).join();
  const HeapStats after = heap_.Stats();
  EXPECT_EQ(after.allocations - before.allocations, 1000u);
  EXPECT_EQ(after.frees - before.frees, 999u);
  heap_.Free(left);
  EXPECT_EQ(heap_.Stats().frees - before.frees, 1000u);
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

TEST_F(ProcessHeapTest, FreePagesLeavesBlocksOfMallocAlone) {
  ASSERT_NE(Pages(1), nullptr);
  char* const span = Allocate(20 * kPage);
  char* const block = Allocate(kPage, kPage);
  ASSERT_NE(Pages(1), nullptr);
  memset(span, 's', 20 * kPage);
  memset(block, 'b', kPage);
  EXPECT_FALSE(heap_.ArePages(span, kPage));
  EXPECT_FALSE(heap_.ArePages(block, kPage));
  EXPECT_EQ(heap_.FreePages(begin(), kProvidedBytes), 2 * kPage);
  EXPECT_EQ(heap_.UsableSize(span), 20 * kPage);
  EXPECT_TRUE(IsAll(span, 's', 20 * kPage));
  EXPECT_TRUE(IsAll(block, 'b', kPage));
  heap_.Free(span);
  heap_.Free(block);
}

TEST_F(ProcessHeapTest, FreePagesOfRangesBeyondThePool) {
  char* const low = begin() - 16 * kPage;
  const size_t beyond = kProvidedBytes + 32 * kPage;
  const std::pair<char*, size_t> ranges[] = {
      {low, beyond},
      {begin(), SIZE_MAX},  // wraps round
      {begin(), -Address(begin())},
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
      {nullptr, Address(begin())},
      {end(), kPage},
      {end(), SIZE_MAX},
      {Pointer(-kPage), kPage},
      {Pointer(-kPage), SIZE_MAX},
      {pages + 3 * kPage, SIZE_MAX},
  };
  for (const auto& [begin, bytes] : ranges) {
    EXPECT_EQ(heap_.FreePages(begin, bytes), 0u);
  }
  EXPECT_EQ(in_use(), 3 * kPage);
}

TEST_F(ProcessHeapTest, ArePagesIsFalseBeyondWhatIsMapped) {
  // All that there is but what is in slabs: the last pages of the pool too.
  std::vector<char*> all;
  while (char* const page = Pages(1)) all.push_back(page);
  char* const last = end() - kPage;
  ASSERT_NE(std::find(all.begin(), all.end(), last), all.end());
  EXPECT_TRUE(heap_.ArePages(last, kPage));
  EXPECT_FALSE(heap_.ArePages(last, kPage + 1));
  EXPECT_FALSE(heap_.ArePages(last, 2 * kPage));
  EXPECT_FALSE(heap_.ArePages(last, SIZE_MAX));
  EXPECT_FALSE(heap_.ArePages(last, -Address(last)));
  EXPECT_FALSE(heap_.ArePages(begin(), kProvidedBytes));  // slabs between
  EXPECT_FALSE(heap_.ArePages(begin() - kPage, 2 * kPage));
  EXPECT_FALSE(heap_.ArePages(nullptr, SIZE_MAX));
  EXPECT_FALSE(heap_.ArePages(nullptr, kPage));
  EXPECT_FALSE(heap_.ArePages(end(), kPage));
  EXPECT_FALSE(heap_.ArePages(Pointer(-kPage), kPage));
  EXPECT_FALSE(heap_.ArePages(Pointer(-kPage), SIZE_MAX));
}

// Owns and Clip.

TEST_F(ProcessHeapTest, OwnsThePoolAndNothingBeside) {
  EXPECT_TRUE(heap_.Owns(begin()));
  EXPECT_TRUE(heap_.Owns(end() - 1));
  EXPECT_FALSE(heap_.Owns(begin() - 1));
  EXPECT_FALSE(heap_.Owns(end()));
  EXPECT_FALSE(heap_.Owns(nullptr));
  EXPECT_FALSE(heap_.Owns(Pointer(UINTPTR_MAX)));
  EXPECT_FALSE(heap_.Owns(this));
}

TEST_F(ProcessHeapTest, ClipIsThePartInThePool) {
  char* const begin = ProvidedBegin();
  char* const end = ProvidedEnd();
  struct Case {
    char* from;
    size_t bytes;
    char* first;
    char* last;
  };
  const Case cases[] = {
      {begin, kProvidedBytes, begin, end},
      {begin, 1, begin, begin + 1},
      {begin + 5, 10, begin + 5, begin + 15},
      {end - 1, 1, end - 1, end},
      {begin - 10, 20, begin, begin + 10},
      {end - 10, 20, end - 10, end},
      {begin - 10, kProvidedBytes + 20, begin, end},
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
  for (const size_t bytes : {100, 10000, 100000}) {
    EXPECT_REPORT(
        {
          char* const block = Allocate(bytes);
          heap_.Free(block);
          heap_.Free(block);
        },
        "double free");
    EXPECT_REPORT(
        {
          char* const block = Allocate(bytes);
          heap_.Free(block);
          (void)heap_.Reallocate(block, 10);
        },
        "double free");
  }
}

TEST_F(ProcessHeapDeathTest, FreeOfWhatWasNeverHandedOutIsADoubleFree) {
  EXPECT_REPORT(heap_.Free(end() - kPage), "double free");
  EXPECT_REPORT(heap_.Free(end() - 16), "double free");
}

TEST_F(ProcessHeapDeathTest, FreeInsideABlockIsAnInteriorFree) {
  for (const size_t bytes : {100, 10000, 100000}) {
    char* const block = Allocate(bytes);
    EXPECT_REPORT(heap_.Free(block + 16), "interior free");
    EXPECT_REPORT(heap_.Free(block + bytes / 2 / 16 * 16), "interior free");
    EXPECT_REPORT((void)heap_.Reallocate(block + 16, 10), "interior free");
    heap_.Free(block);
  }
}

TEST_F(ProcessHeapDeathTest, FreeBesideTheStepsIsAMisalignedFree) {
  for (const size_t bytes : {100, 10000, 100000}) {
    char* const block = Allocate(bytes);
    for (const size_t off : {1, 8, 15, 17}) {
      EXPECT_REPORT(heap_.Free(block + off), "misaligned free");
      EXPECT_REPORT((void)heap_.Reallocate(block + off, 10), "misaligned free");
    }
    heap_.Free(block);
    EXPECT_REPORT(heap_.Free(block + 1), "misaligned free");
  }
}

TEST_F(ProcessHeapDeathTest, ReallocateOfOlderMemoryIsAForeignFree) {
  int older = 0;
  EXPECT_REPORT((void)heap_.Reallocate(&older, 10), "foreign free");
  EXPECT_REPORT((void)heap_.Reallocate(end(), 10), "foreign free");
}

TEST_F(ProcessHeapDeathTest, FreeOfAPageOfAMappingIsAForeignFree) {
  char* const pages = Pages(2);
  EXPECT_REPORT(heap_.Free(pages), "foreign free");
  EXPECT_REPORT(heap_.Free(pages + kPage + 16), "foreign free");
  EXPECT_EQ(heap_.FreePages(pages, kPage), kPage);
  EXPECT_REPORT(heap_.Free(pages), "double free");
}

}  // namespace
}  // namespace cellblock
