// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool whose blocks are zero where the program has not written to them: each
// case is a process of its own.

#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <vector>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

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

size_t ResidentBytes() {
  size_t all = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * kPage;
}

// What realloc gains of what was never written to is not made resident: where a
// block is, elsewhere, and where others were that did not write either.
void CheckZeroedGrowthOfUntouched() {
  constexpr size_t kMost = size_t{8} << 20;
  constexpr size_t kGrown = 3 * kMost;
  g_provided.fill = Fill::kZeroed;
  g_provided.content = Content::kZero;
  g_provided.bytes = size_t{256} << 20;
  char* block = static_cast<char*>(Heap().Allocate(70'000));
  const size_t before = ResidentBytes();
  for (const bool has_wall : {false, true, false, true}) {
    void* const wall = has_wall ? Heap().Allocate(70'000) : nullptr;
    memset(block, 0xEE, 70'000);
    block = static_cast<char*>(Heap().Reallocate(block, kGrown));
    FRESH_CHECK(block != nullptr);
    FRESH_CHECK(IsAll(block, '\xEE', 70'000));
    FRESH_CHECK(IsAll(block + 70'000, 0, kGrown - 70'000));
    FRESH_CHECK(ResidentBytes() < before + kMost);
    // Written to behind what is kept; all of it is zero again.
    memset(block + 100'000, 0xDD, size_t{1} << 20);
    block = static_cast<char*>(Heap().Reallocate(block, 70'000));
    FRESH_CHECK(block != nullptr);
    Heap().Free(wall);
  }
}
FRESH_PROCESS(ZeroedGrowthOfUntouched) { CheckZeroedGrowthOfUntouched(); }
FRESH_PROCESS(ZeroedHardenedGrowthOfUntouched) {
  g_provided.safety = Safety::kHardened;
  CheckZeroedGrowthOfUntouched();
}
TEST(ProcessHeapFillTest, WhatReallocGainsIsNotMadeResident) {
  ExpectFresh("ZeroedGrowthOfUntouched");
  ExpectFresh("ZeroedHardenedGrowthOfUntouched");
}

// A program may copy what it never wrote to: what was a link.
FRESH_PROCESS(ZeroedBlockThatLooksFree) {
  g_provided.fill = Fill::kZeroed;
  g_provided.content = Content::kUnknown;
  char* block = static_cast<char*>(Heap().Allocate(100));
  memset(block, 0xEE, 100);
  WriteLink(block, Encode(nullptr, process::g_pool.root().key));
  block = static_cast<char*>(Heap().Reallocate(block, 1000));
  FRESH_CHECK(IsAll(block + sizeof(uintptr_t), '\xEE', 92));
  FRESH_CHECK(LooksFree(block));
  FRESH_CHECK(IsAll(block + 100, 0, 900));
}
TEST(ProcessHeapFillTest, ReallocClearsBehindWhatLooksFree) {
  ExpectFresh("ZeroedBlockThatLooksFree");
}

}  // namespace
}  // namespace cellblock
