// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Who is told of what the pool refused, when, and what of it.

#include <errno.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/process_heap_fixture.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kHuge = size_t{1} << 40;

std::array<RefusedRequest, 64> g_told;
std::atomic<size_t> g_count{0};
std::atomic<void (*)()> g_meanwhile{nullptr};

void Observe(const RefusedRequest& request) {
  g_told[g_count.fetch_add(1) % g_told.size()] = request;
  if (auto* const meanwhile = g_meanwhile.load()) meanwhile();
}

class ProcessHeapObserver : public ProcessHeapTest {
 protected:
  ProcessHeapObserver() {
    g_count = 0;
    g_meanwhile = nullptr;
    EndStreak();
    Heap().ObserveRefusals(&Observe);
  }
  ~ProcessHeapObserver() override { Heap().ObserveRefusals(nullptr); }

  static void EndStreak() {
    FastFree(FastAllocate(40000));  // not by the fast path
  }
  static uint64_t Refusals() { return Heap().Stats().exhausted; }

  static void ExpectToldOnce(size_t bytes, size_t alignment) {
    ASSERT_EQ(g_count, 1u);
    EXPECT_EQ(g_told[0].bytes, bytes);
    EXPECT_EQ(g_told[0].alignment, alignment);
    EXPECT_EQ(g_told[0].number, Refusals());
    EXPECT_EQ(g_provided.stats.last_exhaustion.asked, bytes);
    EXPECT_EQ(g_provided.stats.last_exhaustion.alignment, alignment);
    g_count = 0;
    EndStreak();
  }
};

TEST_F(ProcessHeapObserver, IsToldOfARefusalByEveryWay) {
  EXPECT_EQ(FastAllocate(kHuge), nullptr);
  ExpectToldOnce(kHuge, 16);
  EXPECT_EQ(Heap().Allocate(kHuge + 1, 64), nullptr);
  ExpectToldOnce(kHuge + 1, 64);
  EXPECT_EQ(Heap().AllocateZeroed(kHuge + 2), nullptr);
  ExpectToldOnce(kHuge + 2, 16);
  EXPECT_EQ(Heap().AllocatePages(kHuge, Fill::kZeroed), nullptr);
  ExpectToldOnce(kHuge, kPage);
  void* const block = FastAllocate(100);
  g_count = 0;
  EXPECT_EQ(FastReallocate(block, kHuge + 3), nullptr);
  ExpectToldOnce(kHuge + 3, 16);
  EXPECT_EQ(Heap().Reallocate(block, kHuge + 4), nullptr);
  ExpectToldOnce(kHuge + 4, 16);
  FastFree(block);
}

TEST_F(ProcessHeapObserver, IsToldOfASmallBlockToo) {
  std::vector<void*> blocks;
  blocks.reserve(PoolBytes() / 512);
  while (void* const block = FastAllocate(1000)) blocks.push_back(block);
  ASSERT_EQ(g_count, 1u);
  EXPECT_EQ(g_told[0].bytes, 1000u);
  EXPECT_EQ(g_told[0].number, Refusals());
  for (void* const block : blocks) FastFree(block);
}

TEST_F(ProcessHeapObserver, IsToldOfWhatTheFiguresTellOf) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(FastAllocate(kHuge), nullptr);
  EXPECT_EQ(g_count, 1u);  // the first of the streak
  EXPECT_EQ(FastAllocate(kHuge - 1), nullptr);
  EXPECT_EQ(g_count, 1u);
  EXPECT_EQ(FastAllocate(kHuge + 1), nullptr);  // more than that
  EXPECT_EQ(g_count, 2u);
  EXPECT_EQ(g_told[1].number, g_told[0].number + 4);
  EndStreak();
  EXPECT_EQ(Heap().AllocatePages(kPage << 30, Fill::kZeroed), nullptr);
  EXPECT_EQ(g_count, 3u);
}

TEST_F(ProcessHeapObserver, IsToldOfNothingElse) {
  EXPECT_EQ(Heap().Allocate(16, 48), nullptr);  // no power of two
  FastFree(FastAllocate(100));
  FastFree(Heap().AllocateZeroed(5000));
  EXPECT_EQ(g_count, 0u);
  Heap().ObserveRefusals(nullptr);
  EXPECT_EQ(FastAllocate(kHuge), nullptr);
  EXPECT_EQ(g_count, 0u);
}

TEST_F(ProcessHeapObserver, FindsNoLockHeld) {
  // Another thread has all of the heap to itself while it runs.
  g_meanwhile = [] {
    std::atomic<bool> served{false};
    std::thread other([&] {
      void* const pages = Heap().AllocatePages(kPage, Fill::kZeroed);
      void* const block = Heap().Allocate(30000);
      served = pages != nullptr && block != nullptr;
      Heap().FreePages(pages, kPage);
      Heap().Free(block);
    });
    other.join();
    EXPECT_TRUE(served);
  };
  EXPECT_EQ(FastAllocate(kHuge), nullptr);
  EXPECT_EQ(Heap().AllocatePages(kHuge + kPage, Fill::kZeroed), nullptr);
  EXPECT_EQ(g_count, 2u);
}

TEST_F(ProcessHeapObserver, IsToldByEveryThreadOfItsOwn) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 4; ++round) {
        EndStreak();
        EXPECT_EQ(Heap().Allocate(kHuge + static_cast<size_t>(i)), nullptr);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(g_count, kThreads * 4u);
  std::array<int, kThreads> of_size = {};
  for (size_t i = 0; i < kThreads * 4; ++i) {
    ASSERT_GE(g_told[i].bytes, kHuge);
    ASSERT_LT(g_told[i].bytes, kHuge + kThreads);
    ++of_size[g_told[i].bytes - kHuge];
  }
  for (const int count : of_size) EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace cellblock
