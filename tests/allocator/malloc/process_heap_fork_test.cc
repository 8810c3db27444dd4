// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The child of a process with threads has the pool to itself, whatever those
// were at, but not what they owned.

#include <gtest/gtest.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

ProcessHeap& Heap() { return ProcessHeap::Get(); }

uintptr_t ThreadPointer() {
  return reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
}

// What a child finds wrong it says by FRESH_CHECK, which ends it.
template <typename Body>
void InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    body();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "killed or failed";
}

std::set<const Slab*> SlabsOf(uintptr_t owner) {
  std::set<const Slab*> slabs;
  for (char* page = g_provided.begin; page < g_provided.end;
       page += kPageBytes) {
    const Slab* const slab = process::g_pool.Locate(page);
    if (slab->owner.load() == owner) slabs.insert(slab);
  }
  return slabs;
}

// No thread but the one that it starts has used the heap before.
TEST(ProcessHeapForkTest, ThreadOfAChildIsNotTakenForOneThatIsGone) {
  constexpr size_t kBytes = 1000;
  constexpr size_t kBlocks = 200;
  std::vector<void*> blocks;
  uintptr_t pointer = 0;
  std::atomic<bool> ready{false};
  std::atomic<bool> done{false};
  std::thread sleeper([&] {
    for (size_t i = 0; i < kBlocks; ++i) {
      blocks.push_back(FastAllocate(kBytes));
    }
    // Some of each slab, so that they are in its queue.
    for (size_t i = 0; i + 4 < blocks.size(); i += 3) {
      FastFree(blocks[i]);
      blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(i));
    }
    pointer = ThreadPointer();
    ready = true;
    while (!done) usleep(100);
  });
  while (!ready) usleep(100);
  const std::set<const Slab*> its_own = SlabsOf(pointer);
  EXPECT_GT(its_own.size(), 3u);
  InChild([&] {
    bool is_same = false;
    std::thread([&] {
      is_same = pointer == ThreadPointer();
      std::vector<void*> own;
      for (size_t i = 0; i < kBlocks; ++i) {
        own.push_back(FastAllocate(kBytes));
        FRESH_CHECK(own.back() != nullptr);
        memset(own.back(), 0xEE, kBytes);
      }
      // Some of its own slabs come into its queue; the last ones of the other's
      // become empty; some more of its own come into its queue.
      for (size_t i = 0; i < kBlocks / 2; i += 7) FastFree(own[i]);
      for (size_t i = 0; i < kBlocks / 2; ++i) {
        FastFree(blocks.back());
        blocks.pop_back();
      }
      for (size_t i = kBlocks / 2; i < kBlocks; i += 7) {
        FastFree(own[i]);
      }
      // Who is refused has looked through the caches of all threads.
      FRESH_CHECK(Heap().Allocate(g_provided.bytes) == nullptr);
    }).join();
    FRESH_CHECK(is_same);  // or nothing was tested
    const HeapCheck check = Heap().Validate();
    FRESH_CHECK(check.ok());
    // What the child's thread had is given back.
    for (const Slab* const slab : SlabsOf(pointer)) {
      FRESH_CHECK(its_own.count(slab) != 0);
    }
  });
  done = true;
  sleeper.join();
  for (void* const block : blocks) FastFree(block);
  EXPECT_TRUE(Heap().Validate().ok());
}

TEST(ProcessHeapForkTest, ChildIsServedWhateverTheOtherThreadsWereAt) {
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      void* blocks[30] = {};
      for (uint32_t k = 0; !done; ++k) {
        void*& block = blocks[k % 30];
        FastFree(block);
        block = FastAllocate(k % 7 * 700);
      }
      for (void* const block : blocks) FastFree(block);
    });
  }
  for (int round = 0; round < 50; ++round) {
    InChild([] {
      for (size_t bytes = 1; bytes < 30'000; bytes += bytes) {
        void* const block = Heap().Allocate(bytes);
        FRESH_CHECK(block != nullptr);
        memset(block, 0xEE, bytes);
        FastFree(block);
      }
    });
    if (HasFailure()) break;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Heap().Validate().ok());
}

TEST(ProcessHeapForkTest, ParentAndChildDoNotShareWhatTheyDoAfterwards) {
  char* const block = static_cast<char*>(FastAllocate(100));
  memset(block, 'p', 100);
  const HeapStats before = Heap().Stats();
  InChild([&] {
    memset(block, 'c', 100);
    FastFree(block);
    FRESH_CHECK(FastAllocate(100) == block);
    FRESH_CHECK(Heap().Allocate(200'000) != nullptr);
  });
  EXPECT_EQ(block[0], 'p');
  EXPECT_EQ(Heap().Stats().in_use_bytes, before.in_use_bytes);
  FastFree(block);
}

}  // namespace
}  // namespace cellblock
