// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The process heap under several threads at once, as they start and end. Each
// case in a process of its own.

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/provided_pool.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr int kThreads = 4;
constexpr size_t kPage = ProcessHeap::kPage;
constexpr size_t kMiB = size_t{1} << 20;

ProcessHeap& Heap() { return ProcessHeap::Get(); }

void CheckValid() {
  const HeapCheck check = Heap().Validate();
  if (!check.ok()) fprintf(stderr, "%s\n", check.broken);
  FRESH_CHECK(check.ok());
}

// Nothing was lost: the whole pool is one free block again.
void CheckNothingIsLost() {
  CheckValid();
  void* const whole = Heap().Allocate(g_provided.bytes);
  FRESH_CHECK(whole == g_provided.begin);
  Heap().Free(whole);
  const HeapStats stats = Heap().Stats();
  FRESH_CHECK(stats.in_use_bytes == 0);
  FRESH_CHECK(stats.allocations == stats.frees);
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
  Worker(Exchange* exchange, uint64_t seed)
      : exchange_(*exchange), random_(seed) {}

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
      errno = EXDEV;
      if (filled->pages) {
        Expect(Heap().ArePages(filled->begin, filled->bytes));
        Expect(Heap().FreePages(filled->begin, filled->bytes) == filled->bytes);
      } else {
        Expect(Heap().UsableSize(filled->begin) >= filled->bytes);
        errno = EXDEV;
        FastFree(filled->begin);
        Expect(errno == EXDEV);
      }
    }
    *filled = Filled();
  }

  int wrong() const { return wrong_; }
  int taken() const { return taken_; }
  int refused() const { return refused_; }

 private:
  // Every magnitude up to 64 KiB is as likely as every other.
  size_t SomeSize() {
    const size_t magnitude = size_t{1} << (random_() % 16);
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
      block = Heap().AllocatePages(filled->bytes, Fill::kUninitialized);
    } else {
      filled->pages = false;
      filled->bytes = bytes;
      block = kind == 1   ? Heap().AllocateZeroed(bytes)
              : kind == 2 ? Heap().Allocate(bytes, alignment)
                          : FastAllocate(bytes);
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
    // A block of which nothing is known may look free (fast_path.h).
    Paint(filled);
  }

  void Grow(Filled* filled) {
    if (filled->begin == nullptr || filled->pages) return;
    const size_t bytes = SomeSize();
    void* const block = random_() % 2 == 0
                            ? Heap().Reallocate(filled->begin, bytes)
                            : FastReallocate(filled->begin, bytes);
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

  Exchange& exchange_;
  std::mt19937_64 random_;
  Filled blocks_[48];
  int wrong_ = 0;
  int taken_ = 0;
  int refused_ = 0;
};

// Returns how many requests were refused for lack of room.
int WorkTogether(size_t pool_bytes) {
  g_provided.bytes = pool_bytes;
  const uint64_t seed = TestSeed();
  Exchange exchange;
  std::vector<Worker> workers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    workers.emplace_back(&exchange, seed * kThreads + static_cast<uint64_t>(i));
  }
  const int steps = static_cast<int>(20'000 * TestFactor());
  for (Worker& worker : workers) {
    threads.emplace_back([&worker, steps] { worker.Run(steps); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 64; ++i) {
    Filled left = exchange.Swap(i, {});
    workers[0].Drop(&left);
  }
  int refused = 0;
  for (const Worker& worker : workers) {
    FRESH_CHECK(worker.wrong() == 0);
    FRESH_CHECK(worker.taken() > 1000);
    refused += worker.refused();
  }
  FRESH_CHECK(g_provided.calls == 1);
  FRESH_CHECK(Heap().ignored_frees() == 0);
  CheckNothingIsLost();
  return refused;
}

FRESH_PROCESS(AmplePool) { FRESH_CHECK(WorkTogether(32 * kMiB) == 0); }
FRESH_PROCESS(FullPool) { FRESH_CHECK(WorkTogether(kMiB) > 100); }
TEST(ProcessHeapThreadsTest, NoBlockIsSharedOrLost) {
  ExpectFresh("AmplePool");
}
TEST(ProcessHeapThreadsTest, NoBlockIsSharedOrLostWhileThePoolRunsOut) {
  ExpectFresh("FullPool");
}

// The first use.

FRESH_PROCESS(FirstUseByAll) {
  std::atomic<int> ready{0};
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      while (ready.load() < kThreads) std::this_thread::yield();
      void* const block = i % 2 == 0 ? Heap().Allocate(100) : FastAllocate(100);
      if (block != nullptr) ++served;
    });
  }
  for (std::thread& thread : threads) thread.join();
  FRESH_CHECK(g_provided.calls == 1);
  FRESH_CHECK(served == kThreads);
  FRESH_CHECK(Heap().Stats().allocations == kThreads);
}
TEST(ProcessHeapThreadsTest, FirstUseByAllMakesOnePool) {
  for (int round = 0; round < 50; ++round) ExpectFresh("FirstUseByAll");
}

// A thread that meets the lock held by another waits; only the holder itself
// is told null.
std::atomic<bool> g_inside{false};
std::atomic<bool> g_let_go{false};

FRESH_PROCESS(OthersWait) {
  g_provided.hook = [] {
    g_inside = true;
    while (!g_let_go) usleep(100);
  };
  std::thread first([] { FRESH_CHECK(Heap().Allocate(100) != nullptr); });
  while (!g_inside) usleep(100);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      FRESH_CHECK(Heap().Allocate(100) != nullptr);
      ++served;
    });
  }
  usleep(20000);
  FRESH_CHECK(served == 0);
  g_let_go = true;
  first.join();
  for (std::thread& thread : threads) thread.join();
  FRESH_CHECK(served == kThreads);
  FRESH_CHECK(g_provided.calls == 1);
}
TEST(ProcessHeapThreadsTest, OtherThreadsWaitWhileThePoolIsMade) {
  ExpectFresh("OthersWait");
}

// The end of a thread.

FRESH_PROCESS(ManyThreads) {
  g_provided.bytes = 16 * kMiB;
  for (int round = 0; round < 200; ++round) {
    std::thread([] {
      std::vector<void*> blocks;
      for (size_t bytes = 16; bytes < 100'000; bytes += bytes / 2) {
        for (int i = 0; i < 4; ++i) blocks.push_back(FastAllocate(bytes));
      }
      for (void* const block : blocks) FastFree(block);
    }).join();
    FRESH_CHECK(Heap().Stats().in_use_bytes == 0);
  }
  CheckNothingIsLost();
}
TEST(ProcessHeapThreadsTest, ThreadThatEndsLeavesNothingBehind) {
  ExpectFresh("ManyThreads");
}

// What its destructors still do, before and after the heap's own, which closes
// it.
pthread_key_t g_keys[2];

FRESH_PROCESS(LateDestructors) {
  static std::atomic<int> ran{0};
  static std::atomic<void*> left{nullptr};
  const auto destructor = [](void* block) {
    FRESH_CHECK(Heap().UsableSize(block) >= 1000);
    FastFree(block);
    for (const size_t bytes : {16, 1000, 50'000, 200'000}) {
      void* other = FastAllocate(bytes);
      FRESH_CHECK(other != nullptr);
      memset(other, 0xEE, bytes);
      other = FastReallocate(other, 2 * bytes);
      FRESH_CHECK(other != nullptr);
      FastFree(other);
    }
    FastFree(left.exchange(FastAllocate(500)));
    if (++ran % 4 == 0) return;
    // Once more, in the next round of destructors.
    pthread_setspecific(g_keys[ran % 2], FastAllocate(1000));
  };
  pthread_key_create(&g_keys[0], destructor);
  (void)Heap().Allocate(1);  // the heap makes its key
  pthread_key_create(&g_keys[1], destructor);
  for (int round = 0; round < 20; ++round) {
    std::thread([] {
      for (const pthread_key_t key : g_keys) {
        pthread_setspecific(key, FastAllocate(1000));
      }
    }).join();
    CheckValid();
  }
  FRESH_CHECK(ran >= 80);
  FastFree(left);
}
TEST(ProcessHeapThreadsTest, DestructorsOfAThreadAreServed) {
  ExpectFresh("LateDestructors");
}

FRESH_PROCESS(BlocksOutliveTheirThread) {
  std::vector<void*> blocks(3000);
  for (int round = 0; round < 20; ++round) {
    std::thread([&] {
      for (size_t i = 0; i < blocks.size(); ++i) {
        blocks[i] = FastAllocate(1 + i % 300);
        memset(blocks[i], static_cast<int>(i), 1 + i % 300);
      }
    }).join();
    for (size_t i = 0; i < blocks.size(); ++i) {
      const auto* const block = static_cast<unsigned char*>(blocks[i]);
      FRESH_CHECK(block[0] == static_cast<unsigned char>(i));
      FastFree(blocks[i]);
    }
  }
  CheckNothingIsLost();
}
TEST(ProcessHeapThreadsTest, BlocksOutliveTheirThreadAndAreFreedByOthers) {
  ExpectFresh("BlocksOutliveTheirThread");
}

}  // namespace
}  // namespace cellblock
