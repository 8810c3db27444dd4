// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Mistakes of the program are fatal, and named, whoever owns the slab and
// whichever state it is in; and what only looks like one is not.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

class ThreadHeapDeathTest : public testing::Test {
 protected:
  std::vector<char*> Blocks(size_t count, size_t bytes) {
    std::vector<char*> blocks;
    for (size_t i = 0; i < count; ++i) blocks.push_back(heap_.Allocate(bytes));
    return blocks;
  }
  // Of whoever owns the slab, and of another thread.
  void ExpectReports(void* block, const char* report) {
    EXPECT_REPORT(heap_.Free(block), report);
    EXPECT_REPORT(other_.Free(block), report);
    EXPECT_REPORT((void)heap_.Reallocate(block, 10), report);
  }

  // All of a slab that nobody owns.
  std::vector<char*> FullSlab() {
    std::vector<char*> blocks = Blocks(4, 3000);
    heap_.Allocate(3000);
    EXPECT_EQ(pool_.SlabOf(blocks[0])->remote.load(), 0u);
    return blocks;
  }

  TestPool pool_{16 * kMiB};
  TestHeap heap_{&pool_};
  TestHeap other_{&pool_};
};

TEST_F(ThreadHeapDeathTest, SecondFreeWhereverTheBlockIsInTheList) {
  const std::vector<char*> blocks = Blocks(10, 100);
  for (int i = 0; i < 5; ++i) heap_.Free(blocks[static_cast<size_t>(2 * i)]);
  for (int i = 0; i < 5; ++i) {
    ExpectReports(blocks[static_cast<size_t>(2 * i)], "double free");
  }
}

TEST_F(ThreadHeapDeathTest, SecondFreeOfWhatAnotherThreadGaveBack) {
  const std::vector<char*> blocks = Blocks(10, 100);
  for (int i = 0; i < 5; ++i) other_.Free(blocks[static_cast<size_t>(2 * i)]);
  for (int i = 0; i < 5; ++i) {
    ExpectReports(blocks[static_cast<size_t>(2 * i)], "double free");
  }
}

TEST_F(ThreadHeapDeathTest, SecondFreeIntoASlabThatWasFull) {
  const std::vector<char*> blocks = FullSlab();
  heap_.Free(blocks[1]);
  other_.Free(blocks[3]);
  ExpectReports(blocks[1], "double free");
  ExpectReports(blocks[3], "double free");
}

TEST_F(ThreadHeapDeathTest, SecondFreeIntoAListedSlab) {
  const std::vector<char*> blocks = Blocks(5, 100);
  heap_.Free(blocks[1]);
  heap_.Close();
  other_.Free(blocks[3]);
  heap_.Open();
  ExpectReports(blocks[1], "double free");
  ExpectReports(blocks[3], "double free");
}

TEST_F(ThreadHeapDeathTest, SecondFreeIntoASlabThatIsEmpty) {
  std::vector<char*> blocks = FullSlab();
  const std::vector<char*> freed = blocks;
  heap_.FreeAll(&blocks);
  ASSERT_EQ(pool_.SlabOf(freed[0])->size_class, kNoClass);
  for (char* const block : freed) ExpectReports(block, "double free");
  // And when its pages are the pool's again.
  pool_->Reclaim();
  for (char* const block : freed) ExpectReports(block, "double free");
}

TEST_F(ThreadHeapDeathTest, SecondFreeOfASpan) {
  char* const span = heap_.Allocate(100'000);
  heap_.Free(span);
  ExpectReports(span, "double free");
  pool_->Reclaim();
  ExpectReports(span, "double free");
}

TEST_F(ThreadHeapDeathTest, FreeOfWhatWasNeverHandedOut) {
  char* const block = heap_.Allocate(3000);
  Slab* const slab = pool_.SlabOf(block);
  ASSERT_EQ(slab->carved, 1u);
  ExpectReports(block + 3072, "double free");
  ExpectReports(block + 3 * 3072, "double free");
  ExpectReports(pool_.begin() + pool_.bytes() / 2, "double free");
  ExpectReports(pool_.end() - 16, "double free");
}

TEST_F(ThreadHeapDeathTest, FreeInsideABlock) {
  char* const block = heap_.Allocate(100);
  for (size_t off = 16; off < 112; off += 16) {
    ExpectReports(block + off, "interior free");
  }
  char* const last = Blocks(4, 3000).back();
  ExpectReports(last + 16, "interior free");
  ExpectReports(last + 3056, "interior free");
  char* const span = heap_.Allocate(100'000);
  ExpectReports(span + 16, "interior free");
  ExpectReports(span + kPageBytes, "interior free");
  ExpectReports(span + 3 * kPageBytes + 16, "interior free");
}

TEST_F(ThreadHeapDeathTest, FreeBetweenAlignments) {
  char* const block = heap_.Allocate(100);
  char* const span = heap_.Allocate(100'000);
  for (const size_t off : {1, 8, 15, 17}) {
    ExpectReports(block + off, "misaligned free");
    ExpectReports(span + off, "misaligned free");
    ExpectReports(span + 5 * kPageBytes + off, "misaligned free");
    ExpectReports(pool_.end() - 256 + off, "misaligned free");
  }
  heap_.Free(block);
  heap_.Free(span);
  ExpectReports(block + 1, "misaligned free");
  ExpectReports(span + 1, "misaligned free");
}

TEST_F(ThreadHeapDeathTest, FreeOfAPageOfAMapping) {
  char* const pages =
      static_cast<char*>(pool_->TryPages(2 * kPageBytes, Fill::kZeroed));
  ExpectReports(pages, "foreign free");
  ExpectReports(pages + kPageBytes, "foreign free");
  ExpectReports(pages + 16, "foreign free");
  ASSERT_EQ(pool_->FreePages(pages, pages + kPageBytes), kPageBytes);
  ExpectReports(pages, "double free");
  ExpectReports(pages + kPageBytes, "foreign free");
}

TEST_F(ThreadHeapDeathTest, FreeOfMemoryOutsideThePool) {
  int elsewhere = 0;
  void* const block = &elsewhere;
  ExpectReports(block, "foreign free");
  ExpectReports(pool_.end(), "foreign free");
  ExpectReports(pool_.begin() - 16, "foreign free");
}

// A block that was written to after it was freed. The owner's own list is not
// looked at as it is used; what comes back from others is.
TEST_F(ThreadHeapDeathTest, LinkOfWhatAnotherThreadGaveBackWasOverwritten) {
  char* const first = heap_.Allocate(3000);
  char* const second = heap_.Allocate(3000);
  other_.Free(first);
  other_.Free(second);
  pool_.CheckEvery(0);
  for (char* const block : {first, second}) {
    for (const uintptr_t scribble :
         {uintptr_t{0}, UINTPTR_MAX, Address("text"),
          Encode(first + 16, pool_->root().key),
          Encode(pool_.end() - 16, pool_->root().key)}) {
      EXPECT_REPORT(
          {
            WriteLink(block, scribble);
            (void)heap_.Allocate(3000);
          },
          "corrupted free block");
    }
  }
  // A cycle.
  EXPECT_REPORT(
      {
        WriteLink(first, Encode(second, pool_->root().key));
        (void)heap_.Allocate(3000);
      },
      "corrupted free block");
}

// What a live block may hold.

TEST_F(ThreadHeapDeathTest, LiveBlockThatLooksFreeIsFreed) {
  const uint64_t key = pool_->root().key;
  std::vector<char*> blocks = Blocks(10, 100);
  heap_.Free(blocks[0]);
  other_.Free(blocks[1]);
  const uintptr_t contents[] = {
      kLinkTagBits,                 // the tag alone
      kLinkTagBits | 0x1234567890,  // and anything
      Encode(nullptr, key),         // the end of a list
      Encode(blocks[0], key),       // of a block that is free
      Encode(blocks[1], key),       // and of one that came back
      Encode(blocks[7], key),       // of one that is live
      Encode(blocks[2], key),       // of itself
  };
  size_t next = 2;
  for (const uintptr_t content : contents) {
    WriteLink(blocks[next], content);
    (next % 2 == 0 ? heap_ : other_).Free(blocks[next]);
    ++next;
  }
  pool_.ExpectValid();
}

TEST_F(ThreadHeapDeathTest, LiveBlockThatLooksFreeIsReallocated) {
  char* block = heap_.Allocate(100);
  WriteLink(block, Encode(nullptr, pool_->root().key));
  block = heap_.Reallocate(block, 1000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(ReadLink(block), Encode(nullptr, pool_->root().key));
  heap_.Free(block);
}

// The list is walked to its end, however long it is.
TEST_F(ThreadHeapDeathTest, BlockThatLooksFreeInASlabOfManyFreeOnes) {
  std::vector<char*> blocks = Blocks(2000, 16);
  char* const last = blocks.back();
  blocks.pop_back();
  heap_.FreeAll(&blocks);
  WriteLink(last, Encode(nullptr, pool_->root().key));
  heap_.Free(last);
  EXPECT_REPORT(heap_.Free(last), "double free");
}

}  // namespace
}  // namespace cellblock
