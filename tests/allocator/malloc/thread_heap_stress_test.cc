// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Threads that start, end, and pass blocks on, over one pool that is ample,
// scarce or nearly always full. Each block says what it holds, and is looked
// through before it goes. With ThreadSanitizer:
//
//   bazel test --config=tsan --test_tag_filters=tsan //tests/allocator/...

#include <errno.h>
#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr int kThreads = 4;
constexpr size_t kSlots = 64;

// At the start of a block; the bytes behind it are all `paint`.
struct Label {
  uintptr_t word;  // where a link is when it is free
  uint32_t bytes;
  uint8_t paint;
};
constexpr size_t kLeast = sizeof(Label);

struct Shared {
  explicit Shared(size_t pool_bytes) : pool(pool_bytes) {}

  TestPool pool;
  // Blocks that any thread may take over and free.
  std::atomic<char*> slots[kSlots] = {};
  std::atomic<uint64_t> wrong{0};
  std::atomic<uint64_t> served{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> passed_on{0};  // freed by another than it was taken by
};

class Worker {
 public:
  Worker(Shared* shared, uint64_t seed)
      : shared_(*shared), pool_(*shared->pool), random_(seed) {}

  void Run(uint64_t steps) {
    Open();
    for (uint64_t i = 0; i < steps; ++i) Step();
    for (char*& block : blocks_) Drop(&block);
    heap_.Close();
  }

  // What is left in the slots.
  void DropSlots() {
    Open();
    for (std::atomic<char*>& slot : shared_.slots) {
      char* block = slot.exchange(nullptr);
      Drop(&block);
    }
    heap_.Close();
  }

 private:
  void Open() {
    // As a thread pointer: another thread may have it later.
    heap_.Open(&pool_, Token(), nullptr);
  }
  uintptr_t Token() const { return reinterpret_cast<uintptr_t>(&heap_); }

  void Step() {
    char*& mine = blocks_[random_.Below(std::size(blocks_))];
    switch (random_.Below(32)) {
      default:
        Drop(&mine);
        mine = Take();
        return;
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5: {
        char* const other = shared_.slots[random_.Below(kSlots)].exchange(mine);
        if (other != nullptr) {
          shared_.passed_on.fetch_add(1, std::memory_order_relaxed);
        }
        mine = other;
        return;
      }
      case 6:
      case 7:
      case 8:
        return Resize(&mine);
      case 9:
        return Pages();
      case 10:
        if (!random_.OneIn(20)) return;
        heap_.Close();
        return Open();
      case 11:
        return Ask();
    }
  }

  char* Take() {
    const size_t bytes = std::max<size_t>(kLeast, random_.LogUniform(17));
    const uint32_t kind = random_.Below(8);
    const size_t alignment =
        kind == 0 ? size_t{16} << random_.Below(10) : kBlockAlignment;
    char* block;
    if (kind == 1) {
      block = static_cast<char*>(heap_.AllocateZeroed(bytes, alignment));
      Expect(block == nullptr || IsAll(block, 0, bytes));
    } else if (kind != 0 && kind < 5 && bytes <= kMaxClassBytes) {
      // As the fast path.
      block = static_cast<char*>(
          heap_.AllocateFromClass(ClassOf(bytes), bytes, kBlockAlignment));
    } else {
      block = static_cast<char*>(heap_.Allocate(bytes, alignment));
    }
    Count(block != nullptr);
    if (block == nullptr) return nullptr;
    Expect(Address(block) % alignment == 0);
    Paint(block, bytes);
    return block;
  }

  void Resize(char** mine) {
    if (*mine == nullptr) return;
    const Label before = Check(*mine);
    const size_t bytes = std::max<size_t>(kLeast, random_.LogUniform(17));
    auto* const moved = static_cast<char*>(heap_.Reallocate(*mine, bytes));
    Count(moved != nullptr);
    if (moved == nullptr) return;
    *mine = moved;
    Expect(IsAll(moved + kLeast, static_cast<char>(before.paint),
                 std::min<size_t>(bytes, before.bytes) - kLeast));
    Paint(moved, bytes);
  }

  void Drop(char** mine) {
    if (*mine == nullptr) return;
    Check(*mine);
    Slab* const slab = pool_.Locate(*mine);
    errno = EXDEV;
    if (slab->owner.load(std::memory_order_relaxed) == Token() &&
        !LooksFree(*mine)) {
      // As the fast path.
      WriteLink(*mine, Encode(slab->free, pool_.root().key));
      slab->free = *mine;
      if (--slab->credit == 0) heap_.Emptied(slab);
    } else if (!heap_.TryGiveBack(*mine, slab)) {
      heap_.Free(*mine, slab);
    }
    Expect(errno == EXDEV);
    *mine = nullptr;
  }

  void Pages() {
    const size_t bytes = (1 + random_.Below(8)) * kPageBytes;
    auto* const pages =
        static_cast<char*>(pool_.TryPages(bytes, Fill::kZeroed));
    if (pages == nullptr) {
      pool_.Reclaim();
      pool_.CountRefusal(bytes, kPageBytes, true);
      return;
    }
    Expect(IsAll(pages, 0, bytes));
    memset(pages, 0xEE, bytes);
    Expect(pool_.ArePages(pages, pages + bytes));
    Expect(pool_.FreePages(pages, pages + bytes) == bytes);
  }

  void Ask() {
    heap_.Count();
    const HeapStats stats = pool_.Stats();
    Expect(stats.in_use_bytes <= stats.pool_bytes);
    (void)pool_.CountLive();  // anything, while others are at work
  }

  void Paint(char* block, size_t bytes) {
    const Label label = {Word(block), static_cast<uint32_t>(bytes),
                         static_cast<uint8_t>(random_.Next())};
    memset(block + kLeast, label.paint, bytes - kLeast);
    memcpy(block, &label, sizeof(label));
  }

  // Now and then what a free block would have there.
  uintptr_t Word(const char* block) {
    if (!random_.OneIn(16)) return random_.Next();
    return Encode(random_.OneIn(2) ? nullptr : block, pool_.root().key);
  }

  Label Check(const char* block) {
    Label label;
    memcpy(&label, block, sizeof(label));
    Expect(IsAll(block + kLeast, static_cast<char>(label.paint),
                 label.bytes - kLeast));
    return label;
  }

  void Count(bool served) {
    (served ? shared_.served : shared_.refused)
        .fetch_add(1, std::memory_order_relaxed);
  }
  void Expect(bool right) {
    if (!right) shared_.wrong.fetch_add(1, std::memory_order_relaxed);
  }

  Shared& shared_;
  SlabPool& pool_;
  ThreadHeap heap_;
  Random random_;
  char* blocks_[64] = {};
};

// Each place is taken by one thread after another.
void RunThreads(Shared* shared, uint64_t generations, uint64_t steps,
                uint64_t seed) {
  std::vector<std::thread> places;
  for (int place = 0; place < kThreads; ++place) {
    places.emplace_back([=] {
      for (uint64_t i = 0; i < generations; ++i) {
        // The heaps of a place are at one address, as thread pointers are.
        std::thread([=] {
          Worker worker(shared,
                        seed + i * kThreads + static_cast<uint64_t>(place));
          worker.Run(steps);
        }).join();
      }
    });
  }
  for (std::thread& place : places) place.join();
}

void WorkTogether(size_t pool_bytes, uint64_t seed, Shared* shared) {
  constexpr uint64_t kSteps = 4000;
  RunThreads(shared, 4 * TestFactor(), kSteps, seed);
  EXPECT_TRUE(shared->pool->Validate().ok());
  Worker(shared, seed).DropSlots();
  EXPECT_EQ(shared->wrong.load(), 0u);
  EXPECT_GT(shared->served.load(), kSteps);
  EXPECT_GT(shared->passed_on.load(), 100u);
  // Nothing was lost: the whole pool is one span again.
  EXPECT_EQ(shared->pool->Stats().allocations, shared->pool->Stats().frees);
  shared->pool->Reclaim();
  shared->pool.ExpectValid();
  EXPECT_EQ(shared->pool.InUse(), 0u);
  EXPECT_NE(shared->pool->NewSpan(pool_bytes / kPageBytes, kPageBytes),
            nullptr);
}

TEST(ThreadHeapStressTest, NoBlockIsSharedOrLost) {
  Shared shared(64 * kMiB);
  WorkTogether(64 * kMiB, TestSeed(), &shared);
  EXPECT_EQ(shared.refused.load(), 0u);
}

TEST(ThreadHeapStressTest, NoBlockIsSharedOrLostWhileThePoolIsScarce) {
  Shared shared(4 * kMiB);
  WorkTogether(4 * kMiB, TestSeed(), &shared);
}

TEST(ThreadHeapStressTest, NoBlockIsSharedOrLostWhileThePoolIsFull) {
  Shared shared(512 * kKiB);
  WorkTogether(512 * kKiB, TestSeed(), &shared);
  EXPECT_GT(shared.refused.load(), 1000u);
}

// One allocates and the other frees, a slab of four at a time: so the last of
// them often comes back just when the first one disowns it.
TEST(ThreadHeapStressTest, BlocksThatComeBackAtTheLastMomentAreNotLost) {
  constexpr size_t kBytes = 3000;
  Shared shared(2 * kMiB);
  shared.pool.CheckEvery(0);
  SlabPool& pool = *shared.pool;
  std::atomic<char*> slots[6] = {};
  std::atomic<bool> done{false};
  const auto take = [&slots](ThreadHeap* heap, SlabPool* from) {
    for (std::atomic<char*>& slot : slots) {
      char* const block = slot.load(std::memory_order_acquire);
      if (block == nullptr) continue;
      heap->Free(block, from->Locate(block));
      slot.store(nullptr, std::memory_order_release);
    }
  };
  std::thread freer([&] {
    const auto heap = std::make_unique<ThreadHeap>();
    heap->Open(&pool, reinterpret_cast<uintptr_t>(heap.get()), nullptr);
    for (int passes = 0; !done.load(std::memory_order_acquire);) {
      take(heap.get(), &pool);
      if (++passes % 1000 == 0) std::this_thread::yield();
    }
    heap->Close();
  });
  const auto heap = std::make_unique<ThreadHeap>();
  heap->Open(&pool, reinterpret_cast<uintptr_t>(heap.get()), nullptr);
  for (uint64_t i = 0; i < 300'000 * TestFactor(); ++i) {
    std::atomic<char*>& slot = slots[i % std::size(slots)];
    for (int spins = 0; slot.load(std::memory_order_acquire) != nullptr;) {
      if (++spins % 1000 == 0) std::this_thread::yield();
    }
    auto* const block =
        static_cast<char*>(heap->Allocate(kBytes, kBlockAlignment));
    EXPECT_NE(block, nullptr) << i;
    if (block == nullptr) break;
    slot.store(block, std::memory_order_release);
  }
  done.store(true, std::memory_order_release);
  freer.join();
  take(heap.get(), &pool);
  heap->Close();
  pool.Reclaim();
  shared.pool.ExpectValid();
  EXPECT_EQ(shared.pool.InUse(), 0u);
}

// One makes blocks, the others free them: what was never theirs is claimed or
// pushed, and the maker starves of nothing.
TEST(ThreadHeapStressTest, BlocksFreedByOthersComeBackToTheirMaker) {
  constexpr size_t kBytes = 1000;
  Shared shared(2 * kMiB);
  std::atomic<bool> done{false};
  std::vector<std::thread> freers;
  for (int i = 0; i < 3; ++i) {
    freers.emplace_back([&] {
      SlabPool& pool = *shared.pool;
      const auto heap = std::make_unique<ThreadHeap>();
      heap->Open(&pool, reinterpret_cast<uintptr_t>(heap.get()), nullptr);
      while (!done.load()) {
        for (std::atomic<char*>& slot : shared.slots) {
          if (char* const block = slot.exchange(nullptr)) {
            heap->Free(block, pool.Locate(block));
          }
        }
        std::this_thread::yield();
      }
      heap->Close();
    });
  }
  SlabPool& pool = *shared.pool;
  const auto heap = std::make_unique<ThreadHeap>();
  heap->Open(&pool, reinterpret_cast<uintptr_t>(heap.get()), nullptr);
  // Some times as many as the pool holds.
  const uint64_t blocks = 20'000 * TestFactor();
  for (uint64_t i = 0; i < blocks;) {
    auto* const block =
        static_cast<char*>(heap->Allocate(kBytes, kBlockAlignment));
    if (block == nullptr) {
      std::this_thread::yield();
      continue;
    }
    memset(block, static_cast<int>(i), kBytes);
    char* expected = nullptr;
    while (!shared.slots[i % kSlots].compare_exchange_weak(expected, block)) {
      expected = nullptr;
      std::this_thread::yield();
    }
    ++i;
  }
  done = true;
  for (std::thread& freer : freers) freer.join();
  for (std::atomic<char*>& slot : shared.slots) {
    char* const block = slot.exchange(nullptr);
    if (block != nullptr) heap->Free(block, pool.Locate(block));
  }
  heap->Close();
  shared.pool->Reclaim();
  shared.pool.ExpectValid();
  EXPECT_EQ(shared.pool.InUse(), 0u);
}

}  // namespace
}  // namespace cellblock
