// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What becomes of blocks that are resized.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

class ThreadHeapResizeTest : public testing::Test {
 protected:
  TestPool pool_{4 * kMiB};
  TestHeap heap_{&pool_};
};

TEST_F(ThreadHeapResizeTest, ReallocateStaysWhereItFitsAndHalfIsUsed) {
  char* const block = heap_.Allocate(1000);
  const size_t usable = heap_.UsableSize(block);
  ASSERT_EQ(usable, 1024u);
  memset(block, 'b', usable);
  for (const size_t bytes : {usable, size_t{1}, usable / 2, usable / 2 - 1}) {
    char* const again = heap_.Reallocate(block, bytes);
    ASSERT_NE(again, nullptr);
    if (bytes >= usable / 2) {
      EXPECT_EQ(again, block) << bytes;
      EXPECT_TRUE(IsAll(block, 'b', usable));
    } else {
      EXPECT_NE(again, block) << bytes;
      break;
    }
  }
}

TEST_F(ThreadHeapResizeTest, ReallocateKeepsWhatFitsInBoth) {
  pool_.CheckEvery(16);
  const size_t sizes[] = {1,       16,      100,    5000,   4999,   64, 200'000,
                          3,       65'536,  1,      65'537, 30'000, 7,  300'000,
                          262'144, 100'000, 70'000, 65'536, 12};
  char* block = heap_.Allocate(1);
  size_t before = 0;
  for (const size_t bytes : sizes) {
    block = heap_.Reallocate(block, bytes);
    ASSERT_NE(block, nullptr) << bytes;
    ASSERT_GE(heap_.UsableSize(block), bytes);
    ASSERT_EQ(Address(block) % kBlockAlignment, 0u);
    for (size_t i = 0; i < std::min(before, bytes); ++i) {
      ASSERT_EQ(block[i], static_cast<char>(i * 7)) << i << " of " << bytes;
    }
    for (size_t i = 0; i < bytes; ++i) block[i] = static_cast<char>(i * 7);
    before = bytes;
  }
  heap_.Free(block);
  heap_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(ThreadHeapResizeTest, ReallocateGrowsASpanIntoWhatIsFreeBehindIt) {
  char* const span = heap_.Allocate(20 * kPageBytes);
  memset(span, 's', 20 * kPageBytes);
  EXPECT_EQ(heap_.Reallocate(span, 40 * kPageBytes), span);
  EXPECT_EQ(heap_.UsableSize(span), 40 * kPageBytes);
  char* const wall = heap_.Allocate(20 * kPageBytes);
  char* const moved = heap_.Reallocate(span, 41 * kPageBytes);
  EXPECT_NE(moved, span);
  EXPECT_TRUE(IsAll(moved, 's', 20 * kPageBytes));
  EXPECT_EQ(heap_.UsableSize(span), 0u);
  heap_.Free(wall);
  heap_.Free(moved);
}

// Spans that grow in turn, by a page each time; and how often one was moved.
struct InTurn {
  std::vector<char*> spans;
  size_t moves = 0;
};
InTurn GrowInTurn(TestHeap* heap, size_t from, size_t to) {
  InTurn result;
  for (int i = 0; i < 8; ++i) {
    result.spans.push_back(heap->Allocate(from * kPageBytes));
  }
  for (size_t pages = from + 1; pages <= to; ++pages) {
    const size_t before = (pages - 1) * kPageBytes;
    for (char*& span : result.spans) {
      memset(span + before - kPageBytes, 's', kPageBytes);
      char* const moved = heap->Reallocate(span, pages * kPageBytes);
      EXPECT_TRUE(IsAll(moved + before - kPageBytes, 's', kPageBytes));
      if (moved != span) ++result.moves;
      span = moved;
    }
  }
  return result;
}

// A block that grows in steps of `share` of what it is; how often it moved.
size_t MovesOfOne(TestHeap* heap, size_t from, size_t to, double share) {
  size_t moves = 0;
  size_t bytes = from;
  char* block = heap->Allocate(bytes);
  memset(block, 'g', bytes);
  while (bytes < to) {
    const size_t before = bytes;
    bytes += static_cast<size_t>(static_cast<double>(bytes) * share);
    char* const moved = heap->Reallocate(block, bytes);
    EXPECT_TRUE(IsAll(moved, 'g', before));
    EXPECT_LE(heap->UsableSize(moved), (bytes + bytes / 8) * 9 / 8 + 1);
    memset(moved, 'g', bytes);
    if (moved != block) ++moves;
    block = moved;
  }
  heap->Free(block);
  return moves;
}

TEST_F(ThreadHeapResizeTest, BlocksThatGrowByLittleGetAnEighthMore) {
  TestPool pool(64 * kMiB);
  TestHeap heap(&pool);
  pool.CheckEvery(16);
  // From 1.5 to 48 KiB there are 40 classes, and steps of 5 % meet them all.
  EXPECT_LE(MovesOfOne(&heap, 1536, 48 << 10, 0.05), 22u);
  // What doubles has what was asked for.
  char* block = heap.Allocate(2048);
  for (size_t bytes = 4096; bytes <= (32 << 10); bytes *= 2) {
    block = heap.Reallocate(block, bytes);
    EXPECT_EQ(heap.UsableSize(block), bytes);
  }
  heap.Free(block);
  // As has everything once a fourth of the pool is in use.
  char* const rest = heap.Allocate(17 * kMiB);
  EXPECT_GE(MovesOfOne(&heap, 1536, 48 << 10, 0.05), 36u);
  heap.Free(rest);
}

// Where there is enough for what is asked for, and not for more.
TEST_F(ThreadHeapResizeTest, RoomThatCannotBeHadIsNoRefusal) {
  TestPool pool({.bytes = 64 * kMiB, .content = Content::kZero});
  TestHeap heap(&pool);
  pool.CheckEvery(0);
  std::vector<char*> holes;
  for (int i = 0; i < 5; ++i) {
    holes.push_back(heap.Allocate(10 * kMiB));
    heap.Allocate(100'000);  // a wall
  }
  char* const block = heap.Allocate(8 * kMiB);
  heap.Allocate(100'000);
  for (char* const hole : holes) heap.Free(hole);
  ASSERT_TRUE(pool->CanSpareRoom());
  constexpr size_t kBytes = 8 * kMiB / 20 * 21;
  ASSERT_GT(pool->WithRoom(kBytes, 8 * kMiB), 10 * kMiB);
  char* const moved = heap.Reallocate(block, kBytes);
  EXPECT_NE(moved, nullptr);
  EXPECT_NE(moved, block);
  EXPECT_EQ(pool->Stats().exhausted, 0u);
  heap.Free(moved);
}

TEST_F(ThreadHeapResizeTest, LargeSpansThatGrowByLittleGetRoom) {
  TestPool pool(64 * kMiB);
  TestHeap heap(&pool);
  pool.CheckEvery(64);
  const InTurn grown = GrowInTurn(&heap, 80, 300);
  EXPECT_LE(grown.moves, 8u * 10);
  // What they do not use is given back when they shrink.
  for (char* const span : grown.spans) {
    EXPECT_LE(heap.UsableSize(span), 375 * kPageBytes);
    EXPECT_EQ(heap.Reallocate(span, 299 * kPageBytes), span);
    EXPECT_EQ(heap.UsableSize(span), 299 * kPageBytes);
  }
  // What grows by much is as long as was asked for.
  for (char* span : grown.spans) {
    span = heap.Reallocate(span, 600 * kPageBytes);
    EXPECT_EQ(heap.UsableSize(span), 600 * kPageBytes);
    heap.Free(span);
  }
  heap.Close();
  EXPECT_EQ(pool.InUse(), 0u);
}

TEST_F(ThreadHeapResizeTest, NoSpanGetsRoomOnceAFourthIsInUse) {
  TestPool pool(64 * kMiB);
  TestHeap heap(&pool);
  pool.CheckEvery(64);
  char* const rest = heap.Allocate(16 * kMiB);
  const InTurn grown = GrowInTurn(&heap, 80, 120);
  EXPECT_GT(grown.moves, 8u);
  for (char* const span : grown.spans) {
    EXPECT_EQ(heap.UsableSize(span), 120 * kPageBytes);
    heap.Free(span);
  }
  heap.Free(rest);
}

TEST_F(ThreadHeapResizeTest, ReallocateGivesBackTheEndOfASpan) {
  char* const span = heap_.Allocate(100 * kPageBytes);
  const size_t in_use = pool_.InUse();
  EXPECT_EQ(heap_.Reallocate(span, kMaxClassBytes + 1), span);
  EXPECT_EQ(pool_.InUse(), in_use - 83 * kPageBytes);
  // It stays where it is while whole pages waste little.
  EXPECT_EQ(heap_.Reallocate(span, 20'000), span);
  EXPECT_EQ(heap_.UsableSize(span), 5 * kPageBytes);
  EXPECT_EQ(heap_.Reallocate(span, 4000), span);
  EXPECT_EQ(heap_.UsableSize(span), kPageBytes);
}

TEST_F(ThreadHeapResizeTest, ReallocateMakesABlockOfASpanWherePagesWouldWaste) {
  for (const size_t bytes : {100, 1100, 2100, 4200, 9000}) {
    const size_t before = pool_.InUse();
    std::vector<char*> blocks;
    for (int i = 0; i < 64; ++i) {
      char* const span = heap_.Allocate(100'000);
      memset(span, 'b', bytes);
      blocks.push_back(heap_.Reallocate(span, bytes));
      EXPECT_EQ(heap_.UsableSize(blocks.back()), ClassBytes(ClassOf(bytes)));
      EXPECT_TRUE(IsAll(blocks.back(), 'b', bytes));
    }
    // But for the slabs' ends, and the span that is used again.
    EXPECT_LE(pool_.InUse() - before, 64 * bytes * 5 / 4 + 50 * kPageBytes);
    for (char* const block : blocks) heap_.Free(block);
  }
}

TEST_F(ThreadHeapResizeTest, RefusedReallocateLeavesTheBlock) {
  for (const size_t from : {size_t{100}, size_t{200'000}}) {
    char* const block = heap_.Allocate(from);
    memset(block, 'b', from);
    const uint64_t refused = pool_->Stats().exhausted;
    for (const size_t bytes :
         {pool_.bytes() + 1, size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
      EXPECT_EQ(heap_.Reallocate(block, bytes), nullptr);
    }
    EXPECT_EQ(pool_->Stats().exhausted, refused + 3);
    EXPECT_TRUE(IsAll(block, 'b', from));
    EXPECT_GE(heap_.UsableSize(block), from);
    heap_.Free(block);
  }
}

TEST_F(ThreadHeapResizeTest, ShrinkingIsServedAlsoWhereThereIsNoRoom) {
  for (const size_t from : {size_t{1000}, size_t{60'000}, size_t{100'000}}) {
    TestPool pool(64 * kPageBytes);
    TestHeap heap(&pool);
    char* const block = heap.Allocate(from);
    memset(block, 'b', from);
    std::vector<char*> rest;
    for (const size_t bytes : {kPageBytes, from, from / 10, size_t{16}}) {
      heap.Fill(bytes, &rest);
    }
    const HeapStats before = pool->Stats();
    char* const shrunk = heap.Reallocate(block, from / 10);
    ASSERT_NE(shrunk, nullptr);
    EXPECT_TRUE(IsAll(shrunk, 'b', from / 10));
    // It is no refusal.
    const HeapStats after = pool->Stats();
    EXPECT_EQ(after.exhausted, before.exhausted);
    EXPECT_EQ(after.last_exhaustion.asked, before.last_exhaustion.asked);
    heap.Free(shrunk);
    heap.FreeAll(&rest);
  }
}

}  // namespace
}  // namespace cellblock
