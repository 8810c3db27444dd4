// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The process heap under several threads at once.

#include <gtest/gtest.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

// The first use of the heap: by all threads at once, before any constructor of
// the heap's own.

constexpr int kThreads = 4;

std::atomic<bool> g_inside{false};
std::atomic<bool> g_let_go{false};
std::atomic<int> g_served{0};
int g_served_while_making = -1;

__attribute__((constructor(101))) void UseFirst() {
  g_while_providing = [] {
    g_inside = true;
    while (!g_let_go) usleep(100);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      void* const block = ProcessHeap::Get().Allocate(100);
      if (block != nullptr) ++g_served;
      ProcessHeap::Get().Free(block);
    });
  }
  while (!g_inside) usleep(100);
  usleep(20000);
  g_served_while_making = g_served;
  g_let_go = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(ProcessHeapFirstUseTest, ByAllMakesOnePool) {
  EXPECT_EQ(ProvidedCalls(), 1);
  EXPECT_EQ(g_served, kThreads);
}

TEST(ProcessHeapFirstUseTest, OtherThreadsWaitWhileThePoolIsMade) {
  EXPECT_EQ(g_served_while_making, 0);
}

constexpr size_t kPage = ProcessHeap::kPage;

// The seed of a random test: CELLBLOCK_SEED, or 1.
uint64_t TestSeed() {
  const char* const text = std::getenv("CELLBLOCK_SEED");
  const uint64_t seed = text == nullptr ? 1 : std::strtoull(text, nullptr, 0);
  std::printf("CELLBLOCK_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// A block, all of whose bytes its owner set to `pattern`.
struct Filled {
  unsigned char* begin = nullptr;
  size_t bytes = 0;
  unsigned char pattern = 0;
  bool pages = false;
};

// Blocks that any thread may take over and free.
class Exchange {
 public:
  Filled Swap(size_t index, const Filled& mine) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return std::exchange(slots_[index % std::size(slots_)], mine);
  }

 private:
  std::mutex mutex_;
  Filled slots_[64];
};

// One thread's work: blocks come, are filled, grow, go round and are freed;
// each is looked through before it goes.
class Worker {
 public:
  // Every magnitude of size below 2^magnitudes is as likely as every other.
  Worker(ProcessHeap* heap, Exchange* exchange, int magnitudes, uint64_t seed)
      : heap_(*heap),
        exchange_(*exchange),
        magnitudes_(magnitudes),
        random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < steps && wrong_ == 0; ++i) {
      Filled& mine = blocks_[random_() % std::size(blocks_)];
      switch (random_() % 8) {
        case 0:
          mine = exchange_.Swap(random_(), mine);
          break;
        case 1:
        case 2:
          Grow(&mine);
          break;
        default:
          Drop(&mine);
          Take(&mine);
      }
    }
    for (Filled& mine : blocks_) Drop(&mine);
  }

  void Drop(Filled* filled) {
    if (filled->begin != nullptr) {
      Check(*filled, filled->bytes);
      if (filled->pages) {
        Expect(heap_.ArePages(filled->begin, filled->bytes));
        Expect(heap_.FreePages(filled->begin, filled->bytes) == filled->bytes);
      } else {
        Expect(heap_.UsableSize(filled->begin) >= filled->bytes);
        heap_.Free(filled->begin);
      }
    }
    *filled = Filled();
  }

  int wrong() const { return wrong_; }
  int taken() const { return taken_; }
  int refused() const { return refused_; }

 private:
  size_t SomeSize() {
    const size_t magnitude = size_t{1} << (random_() % magnitudes_);
    return magnitude + random_() % magnitude;
  }

  void Take(Filled* filled) {
    const size_t bytes = SomeSize();
    void* block = nullptr;
    const uint64_t kind = random_() % 8;
    const size_t alignment = size_t{16} << (random_() % 6);
    if (kind == 0) {
      filled->pages = true;
      filled->bytes = (bytes + kPage - 1) & ~(kPage - 1);
      block = heap_.AllocatePages(filled->bytes, Fill::kUninitialized);
    } else {
      filled->pages = false;
      filled->bytes = bytes;
      block = kind == 1   ? heap_.AllocateZeroed(bytes)
              : kind == 2 ? heap_.Allocate(bytes, alignment)
                          : heap_.Allocate(bytes);
    }
    if (block == nullptr) {
      ++refused_;
      *filled = Filled();
      return;
    }
    ++taken_;
    filled->begin = static_cast<unsigned char*>(block);
    if (kind == 1) {
      filled->pattern = 0;
      Check(*filled, bytes);
    }
    if (kind == 2) {
      Expect(reinterpret_cast<uintptr_t>(block) % alignment == 0);
    }
    Paint(filled);
  }

  void Grow(Filled* filled) {
    if (filled->begin == nullptr || filled->pages) return;
    const size_t bytes = SomeSize();
    void* const block = heap_.Reallocate(filled->begin, bytes);
    if (block == nullptr) {
      ++refused_;
      return;
    }
    filled->begin = static_cast<unsigned char*>(block);
    Check(*filled, std::min(bytes, filled->bytes));
    filled->bytes = bytes;
    Paint(filled);
  }

  void Paint(Filled* filled) {
    filled->pattern = static_cast<unsigned char>(random_());
    memset(filled->begin, filled->pattern, filled->bytes);
  }

  void Check(const Filled& filled, size_t bytes) {
    Expect(std::all_of(filled.begin, filled.begin + bytes,
                       [&](unsigned char c) { return c == filled.pattern; }));
  }

  void Expect(bool right) { wrong_ += right ? 0 : 1; }

  ProcessHeap& heap_;
  Exchange& exchange_;
  const uint64_t magnitudes_;
  std::mt19937_64 random_;
  Filled blocks_[48];
  int wrong_ = 0;
  int taken_ = 0;
  int refused_ = 0;
};

// Returns how many requests were refused for lack of room.
int WorkTogether(int magnitudes, uint64_t seed) {
  ProcessHeap& heap = ProcessHeap::Get();
  Exchange exchange;
  std::vector<Worker> workers;
  std::vector<std::thread> threads;
  workers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    workers.emplace_back(&heap, &exchange, magnitudes, seed * kThreads + i);
  }
  for (Worker& worker : workers) {
    threads.emplace_back([&worker] { worker.Run(20000); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 64; ++i) {
    Filled left = exchange.Swap(i, {});
    workers[0].Drop(&left);
  }
  int refused = 0;
  for (const Worker& worker : workers) {
    EXPECT_EQ(worker.wrong(), 0);
    EXPECT_GT(worker.taken(), 1000);
    refused += worker.refused();
  }
  const HeapStats stats = heap.Stats();
  EXPECT_EQ(stats.allocations, stats.frees);
  EXPECT_EQ(heap.CountLive().blocks, 0u);
  EXPECT_EQ(heap.ignored_frees(), 0u);
  const HeapCheck check = heap.Validate();
  EXPECT_TRUE(check.ok()) << check.broken << " at " << check.offset;
  // Nothing was lost: the whole pool is one free block again.
  void* const all = heap.Allocate(kProvidedBytes);
  EXPECT_EQ(all, ProvidedBegin());
  heap.Free(all);
  return refused;
}

TEST(ProcessHeapThreadsTest, NoBlockIsSharedOrLost) {
  EXPECT_EQ(WorkTogether(10, TestSeed()), 0);
}

TEST(ProcessHeapThreadsTest, NoBlockIsSharedOrLostWhileThePoolRunsOut) {
  EXPECT_GT(WorkTogether(18, TestSeed()), 100);
}

// What a thread owned when it ended is there for the others.
TEST(ProcessHeapThreadsTest, ThreadsThatEndLeaveNothingBehind) {
  ProcessHeap& heap = ProcessHeap::Get();
  for (int i = 0; i < 2000; ++i) {
    std::thread([&heap] {
      void* blocks[40];
      for (size_t j = 0; j < std::size(blocks); ++j) {
        blocks[j] = heap.Allocate(16 << (j % 12));
      }
      for (void* const block : blocks) heap.Free(block);
    }).join();
  }
  void* const all = heap.Allocate(kProvidedBytes);
  EXPECT_EQ(all, ProvidedBegin());
  heap.Free(all);
}

}  // namespace
}  // namespace cellblock
