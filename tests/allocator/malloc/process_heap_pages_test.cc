// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The functions for pages, and what is in the pool at all.

#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "allocator/malloc/size_class.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

using ProcessHeapPages = ProcessHeapTest;
using ProcessHeapPagesDeathTest = ProcessHeapTest;

TEST_F(ProcessHeapPages, PagesAreAlignedAndRoundedUp) {
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

TEST_F(ProcessHeapPages, EachPageIsGivenBackOnItsOwn) {
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

TEST_F(ProcessHeapPages, HolesAreClaimedWhereTheyAre) {
  char* const pages = Pages(8);
  memset(pages, 5, 8 * kPage);
  ASSERT_EQ(Heap().FreePages(pages + 2 * kPage, kPage), kPage);
  ASSERT_EQ(Heap().FreePages(pages + 4 * kPage, 2 * kPage), 2 * kPage);
  const auto claim = [&](size_t page, size_t count, OtherPages others) {
    return Heap().ClaimPages(pages + page * kPage, count * kPage, others,
                             Fill::kZeroed);
  };
  EXPECT_FALSE(claim(1, 2, OtherPages::kRefuse));
  EXPECT_FALSE(claim(2, 2, OtherPages::kRefuse));
  EXPECT_EQ(in_use(), 5 * kPage);
  EXPECT_TRUE(claim(2, 1, OtherPages::kRefuse));
  EXPECT_TRUE(IsAll(pages + 2 * kPage, 0, kPage));
  EXPECT_TRUE(claim(0, 8, OtherPages::kKeep));
  EXPECT_EQ(in_use(), 8 * kPage);
  EXPECT_TRUE(IsAll(pages + 4 * kPage, 0, 2 * kPage));
  EXPECT_TRUE(IsAll(pages, 5, 2 * kPage));
  EXPECT_EQ(Heap().FreePages(pages, 8 * kPage), 8 * kPage);
}

// A block of malloc's is no page, and with it nothing of the range is taken.
TEST_F(ProcessHeapPages, BlocksAreNotClaimed) {
  char* const pages = Pages(2);
  char* const block = static_cast<char*>(Heap().Allocate(kPage, kPage));
  ASSERT_NE(block, nullptr);
  const uint64_t before = in_use();
  char* const begin = std::min(pages, block);
  const auto bytes =
      static_cast<size_t>(std::max(pages, block) - begin) + kPage;
  EXPECT_FALSE(
      Heap().ClaimPages(begin, bytes, OtherPages::kKeep, Fill::kUninitialized));
  EXPECT_FALSE(Heap().ClaimPages(begin_ + PoolBytes() - kPage, 2 * kPage,
                                 OtherPages::kKeep, Fill::kUninitialized));
  EXPECT_EQ(in_use(), before);
  Heap().Free(block);
  EXPECT_EQ(Heap().FreePages(pages, 2 * kPage), 2 * kPage);
  ExpectAllFree();
}

// What serves stays: a signal handler that asks for pages may have interrupted
// malloc right there.
TEST_F(ProcessHeapPages, PagesAreAllThatDoesNotServe) {
  std::vector<void*> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(Allocate(3000));
  for (int i = 0; i < 40; ++i) blocks.push_back(Allocate(100));
  for (void* const block : blocks) Heap().Free(block);
  const size_t lying_about = in_use();
  size_t taken = 0;
  while (Pages(1) != nullptr) taken += kPage;
  EXPECT_GT(taken + lying_about, PoolBytes());
  // A slab of each size serves.
  const size_t serving =
      kSlabPages.of[ClassOf(3000)].tight + kSlabPages.of[ClassOf(100)].tight;
  EXPECT_GE(taken + serving * kPage, PoolBytes());
  EXPECT_EQ(Heap().FreePages(begin_, PoolBytes()), taken);
  ExpectAllFree();
}

TEST_F(ProcessHeapPagesDeathTest, FreeOfAPageIsFatal) {
  char* const pages = Pages(2);
  EXPECT_DEATH(Heap().Free(pages), "cellblock: foreign free");
  EXPECT_DEATH(FastFree(pages), "cellblock: foreign free");
  EXPECT_EQ(Heap().FreePages(pages, 2 * kPage), 2 * kPage);
}

TEST_F(ProcessHeapPages, FreePagesLeavesBlocksOfMallocAlone) {
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

TEST_F(ProcessHeapPages, FreePagesOfRangesBeyondThePool) {
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

TEST_F(ProcessHeapPages, FreePagesOfRangesOutsideThePoolIsNothing) {
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

TEST_F(ProcessHeapPages, ArePagesIsFalseBeyondThePool) {
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

// Owns and Clip.

TEST_F(ProcessHeapPages, OwnsThePoolAndNothingBeside) {
  EXPECT_TRUE(Heap().Owns(begin_));
  EXPECT_TRUE(Heap().Owns(end_ - 1));
  EXPECT_FALSE(Heap().Owns(begin_ - 1));
  EXPECT_FALSE(Heap().Owns(end_));
  EXPECT_FALSE(Heap().Owns(nullptr));
  EXPECT_FALSE(Heap().Owns(Pointer(UINTPTR_MAX)));
  EXPECT_FALSE(Heap().Owns(this));
}

TEST_F(ProcessHeapPages, ClipIsThePartInThePool) {
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

}  // namespace
}  // namespace cellblock
