// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A heap with an observer tells it of everything that it hands out and takes
// back.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

struct Told {
  size_t asked;
  size_t bytes;
};

// What should be live by what was told. Of mappings each page.
std::mutex g_mutex;
std::map<uintptr_t, Told> g_live;
size_t g_restored;
bool g_listening = false;

void OnAllocated(const void* begin, size_t asked, size_t bytes) {
  const std::lock_guard lock(g_mutex);
  if (!g_listening) return;
  EXPECT_TRUE(g_live.emplace(Address(begin), Told{asked, bytes}).second);
  EXPECT_GE(bytes, asked);
}

void OnFreed(const void* begin, size_t bytes) {
  const std::lock_guard lock(g_mutex);
  if (!g_listening) return;
  const auto found = g_live.find(Address(begin));
  ASSERT_NE(found, g_live.end());
  EXPECT_EQ(found->second.bytes, bytes);
  g_live.erase(found);
}

// Of one mapping at a time: what is left of it begins anew.
void OnFreedPages(const void* begin, size_t bytes) {
  const std::lock_guard lock(g_mutex);
  if (!g_listening) return;
  auto found = g_live.upper_bound(Address(begin));
  ASSERT_NE(found, g_live.begin());
  --found;
  const uintptr_t from = found->first;
  const uintptr_t to = from + found->second.bytes;
  const uintptr_t end = Address(begin) + bytes;
  ASSERT_LE(end, to);
  g_live.erase(found);
  if (from < Address(begin)) g_live[from] = {0, Address(begin) - from};
  if (end < to) g_live[end] = {0, to - end};
}

void OnRestored(const void* begin, size_t bytes) {
  const std::lock_guard lock(g_mutex);
  if (!g_listening) return;
  ++g_restored;
  g_live[Address(begin)] = {0, bytes};
}

constexpr HeapObserver kObserver = {.allocated = &OnAllocated,
                                    .freed = &OnFreed,
                                    .freed_pages = &OnFreedPages,
                                    .restored = &OnRestored};

// Before the pool is made, which is before main.
__attribute__((constructor(101))) void SetObserver() {
  g_provided.observer = &kObserver;
}

class ProcessHeapTold : public ProcessHeapTest {
 protected:
  ProcessHeapTold() {
    g_live.clear();
    g_restored = 0;
    g_listening = true;
  }
  ~ProcessHeapTold() override { g_listening = false; }

  static void ExpectOnly(const void* block, size_t asked) {
    ASSERT_EQ(g_live.size(), 1u);
    EXPECT_EQ(g_live.begin()->first, Address(block));
    EXPECT_EQ(g_live.begin()->second.asked, asked);
    EXPECT_EQ(g_live.begin()->second.bytes, Heap().UsableSize(block));
  }
};

TEST_F(ProcessHeapTold, OfBlocksThatHoldWhatFreeOnesDo) {
  const uintptr_t link = Encode(nullptr, process::g_pool.root().key);
  char* block = Allocate(100);
  WriteLink(block, link);
  block = static_cast<char*>(Heap().Reallocate(block, 1000));
  ExpectOnly(block, 1000);
  EXPECT_EQ(ReadLink(block), link);
  Heap().Free(block);
  EXPECT_TRUE(g_live.empty());
}

TEST_F(ProcessHeapTold, OfBlocksByEveryWay) {
  for (const size_t bytes : {0u, 1u, 100u, 5000u, 70000u, 300000u}) {
    void* block = FastAllocate(bytes);
    ExpectOnly(block, bytes);
    block = FastReallocate(block, bytes + 1);
    ExpectOnly(block, bytes + 1);
    block = FastReallocate(block, 3 * bytes + 50);
    ExpectOnly(block, 3 * bytes + 50);
    block = Heap().Reallocate(block, 7);
    ExpectOnly(block, 7);
    FastFree(block);
    EXPECT_TRUE(g_live.empty());
    block = Heap().Allocate(bytes, 256);
    ExpectOnly(block, bytes);
    Heap().Free(block);
    block = Heap().AllocateZeroed(bytes);
    ExpectOnly(block, bytes);
    FastFree(block);
    EXPECT_TRUE(g_live.empty());
  }
  FastFree(nullptr);
}

TEST_F(ProcessHeapTold, AFailedReallocFreesNothing) {
  void* const block = FastAllocate(1000);
  EXPECT_EQ(FastReallocate(block, size_t{1} << 40), nullptr);
  EXPECT_EQ(g_restored, 1u);
  EXPECT_EQ(g_live.size(), 1u);
  FastFree(block);
  EXPECT_TRUE(g_live.empty());
}

TEST_F(ProcessHeapTold, OfARefusalNothing) {
  EXPECT_EQ(FastAllocate(size_t{1} << 40), nullptr);
  EXPECT_EQ(Heap().AllocatePages(size_t{1} << 40, Fill::kZeroed), nullptr);
  EXPECT_TRUE(g_live.empty());
}

TEST_F(ProcessHeapTold, OfPagesAsTheyComeBack) {
  char* const pages = Pages(8);
  ASSERT_EQ(g_live.size(), 1u);
  EXPECT_EQ(g_live.begin()->second.bytes, 8 * kPage);
  EXPECT_EQ(Heap().FreePages(pages + 2 * kPage, kPage), kPage);
  EXPECT_EQ(g_live.size(), 2u);
  // Its page is gone: what is around it comes back in two runs.
  EXPECT_EQ(Heap().FreePages(pages + kPage, 3 * kPage), 2 * kPage);
  EXPECT_EQ(g_live.size(), 2u);
  // A part of a page is all of it.
  EXPECT_EQ(Heap().FreePages(pages, 1), kPage);
  EXPECT_EQ(Heap().FreePages(pages, 8 * kPage), 4 * kPage);
  EXPECT_TRUE(g_live.empty());
}

TEST_F(ProcessHeapTold, OfPagesThatAreClaimed) {
  char* const pages = Pages(4);
  EXPECT_EQ(Heap().FreePages(pages + kPage, kPage), kPage);
  EXPECT_FALSE(
      Heap().ClaimPages(pages, 4 * kPage, OtherPages::kRefuse, Fill::kZeroed));
  size_t bytes = 0;
  for (const auto& [begin, told] : g_live) bytes += told.bytes;
  EXPECT_EQ(bytes, 3 * kPage);
  EXPECT_TRUE(
      Heap().ClaimPages(pages, 4 * kPage, OtherPages::kKeep, Fill::kZeroed));
  ASSERT_EQ(g_live.size(), 1u);
  EXPECT_EQ(g_live.begin()->second.bytes, 4 * kPage);
  Heap().FreePages(pages, 4 * kPage);
  EXPECT_TRUE(g_live.empty());
}

void Churn(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<void*> blocks;
  for (int step = 0; step < 5000; ++step) {
    const size_t bytes = random() % 2 == 0 ? random() % 200 : random() % 9000;
    if (blocks.empty() || (random() % 2 == 0 && blocks.size() < 20)) {
      if (void* const block = FastAllocate(bytes)) blocks.push_back(block);
      continue;
    }
    void*& block = blocks[random() % blocks.size()];
    if (random() % 2 == 0) {
      void* const moved = FastReallocate(block, bytes + 1);
      if (moved != nullptr) block = moved;
      continue;
    }
    FastFree(block);
    block = blocks.back();
    blocks.pop_back();
  }
  for (void* const block : blocks) FastFree(block);
}

// No address is told to be handed out before it was told to be taken back,
// whichever thread does either.
TEST_F(ProcessHeapTold, ThreadsAreToldInOrder) {
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < 4; ++i) threads.emplace_back(&Churn, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(g_live.empty());
}

}  // namespace
}  // namespace cellblock
