// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What is decided before the heap is there, or by the pool that it is given:
// each case is a process of its own.

#include <errno.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

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

// Neither by fast paths nor by others, where a smaller block is not to be had.
void CheckShrinksOfAFullPool() {
  g_provided.bytes = 64 * kPage;
  std::vector<char*> blocks;
  for (const size_t bytes : {70'000, 60'000, 3000, 16}) {
    while (void* const block = FastAllocate(bytes)) {
      blocks.push_back(static_cast<char*>(block));
      memset(block, 0xEE, bytes);
    }
  }
  const HeapStats before = Heap().Stats();
  FRESH_CHECK(before.exhausted > 0);
  for (const size_t block : {0, 1, 2, 3, 4, 5}) {
    const size_t bytes = Heap().UsableSize(blocks[block]) / 10;
    char* const shrunk =
        static_cast<char*>(FastReallocate(blocks[block], bytes));
    FRESH_CHECK(shrunk != nullptr);
    FRESH_CHECK(IsAll(shrunk, '\xEE', bytes));
  }
  const HeapStats after = Heap().Stats();
  FRESH_CHECK(after.exhausted == before.exhausted);
  FRESH_CHECK(after.last_exhaustion.asked == before.last_exhaustion.asked);
}
FRESH_PROCESS(ShrinksOfAFullPool) { CheckShrinksOfAFullPool(); }
FRESH_PROCESS(ShrinksOfAFullZeroedPool) {
  g_provided.fill = Fill::kZeroed;
  CheckShrinksOfAFullPool();
}
FRESH_PROCESS(ShrinksOfAFullHardenedPool) {
  g_provided.safety = Safety::kHardened;
  CheckShrinksOfAFullPool();
}
TEST(ProcessHeapRefusalsTest, ShrinkingABlockIsNoRefusalOfAFullPool) {
  ExpectFresh("ShrinksOfAFullPool");
  ExpectFresh("ShrinksOfAFullZeroedPool");
  ExpectFresh("ShrinksOfAFullHardenedPool");
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
