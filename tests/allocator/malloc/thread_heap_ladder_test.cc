// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What is tried before a request is refused, rung by rung, and that a pool
// yields as much as it did at first, however often it was full.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

class ThreadHeapLadder : public testing::Test {
 protected:
  // Takes all pages that are free, as mappings.
  void TakeAllPages() {
    pool_->Reclaim();
    while (void* const page = pool_->TryPages(1, Fill::kUninitialized)) {
      pages_.push_back(static_cast<char*>(page));
    }
    std::sort(pages_.begin(), pages_.end());
  }
  // Gives back so many that are beside each other.
  void GiveBack(size_t count) {
    ASSERT_GE(pages_.size(), count);
    char* const begin = pages_[0];
    ASSERT_EQ(pool_->FreePages(begin, begin + count * kPageBytes),
              count * kPageBytes);
    pages_.erase(pages_.begin(),
                 pages_.begin() + static_cast<ptrdiff_t>(count));
  }
  size_t OwnedSlabs(const TestHeap& heap) {
    size_t owned = 0;
    pool_.ForEachSlab(
        [&](const Slab& slab) { owned += slab.owner.load() == heap.token(); });
    return owned;
  }
  uint64_t refused() { return pool_->Stats().exhausted; }

  TestPool pool_{kMiB};
  TestHeap one_{&pool_};
  TestHeap other_{&pool_};
  std::vector<char*> pages_;
};

TEST_F(ThreadHeapLadder, SpansInAnotherThreadsCacheComeBack) {
  TestPool pool(16 * kMiB);
  TestHeap one(&pool);
  TestHeap other(&pool);
  for (int i = 0; i < 3; ++i) {
    char* const span = one.Allocate(kMaxClassBytes + 1);
    char* const large = one.Allocate(200 * kPageBytes);
    one.Free(span);
    one.Free(large);
    ASSERT_GT(pool.InUse(), 0u);
    char* const whole = other.Allocate(pool.bytes());
    EXPECT_EQ(whole, pool.begin());
    other.Free(whole);
  }
  EXPECT_EQ(pool->Stats().exhausted, 0u);
}

TEST_F(ThreadHeapLadder, BlocksFreedIntoListedSlabsComeBack) {
  std::vector<char*> blocks;
  for (int i = 0; i < 500; ++i) blocks.push_back(one_.Allocate(100));
  std::vector<char*> rest;
  one_.Fill(kPageBytes, &rest);
  one_.Close();
  // A thread that is gone owned them; of one class a block is asked for, of the
  // other a page.
  other_.Free(blocks.back());
  blocks.pop_back();
  EXPECT_NE(other_.Allocate(100), nullptr);
  other_.FreeAll(&blocks);
  EXPECT_NE(other_.Allocate(kPageBytes), nullptr);
  other_.FreeAll(&rest);
}

TEST_F(ThreadHeapLadder, OwnQueuesAndSlabsThatServeComeBack) {
  std::vector<char*> blocks;
  for (uint32_t i = 0; i < kClasses / 2; ++i) {
    blocks.push_back(one_.Allocate(ClassBytes(i)));
    for (int k = 0; k < 300; ++k) blocks.push_back(one_.Allocate(32));
  }
  // One block of each slab is left for the end, but for those that serve.
  std::vector<char*> last;
  for (char* const block : blocks) {
    const bool is_new = std::none_of(last.begin(), last.end(), [&](char* kept) {
      return pool_.SlabOf(kept) == pool_.SlabOf(block);
    });
    is_new ? last.push_back(block) : one_.Free(block);
  }
  EXPECT_GT(OwnedSlabs(one_), kClasses / 2);
  one_.FreeAll(&last);
  EXPECT_GE(OwnedSlabs(one_), kClasses / 2);
  EXPECT_EQ(one_.Allocate(pool_.bytes()), pool_.begin());
  EXPECT_EQ(refused(), 0u);
}

TEST_F(ThreadHeapLadder, EveryClassIsServedFromItsSmallestSlab) {
  char* const first = one_.Allocate(1);  // so that nothing is at the edge
  TakeAllPages();
  for (uint32_t i = 0; i < kClasses; ++i) {
    const SlabPages& pages = kSlabPages.of[i];
    GiveBack(pages.least);
    std::vector<char*> blocks;
    EXPECT_EQ(
        one_.Fill(ClassBytes(i), &blocks),
        (i == 0 ? SlabCapacity(0, 1) - 1 : 0) + SlabCapacity(i, pages.least))
        << i;
    one_.FreeAll(&blocks);
    TakeAllPages();
    ASSERT_FALSE(HasFatalFailure());
  }
  one_.Free(first);
}

TEST_F(ThreadHeapLadder, ALargerBlockServesAtLast) {
  for (uint32_t i = 0; i + 8 < kClasses; i += 3) {
    for (const uint32_t larger : {i + 1, i + 5, i + 8}) {
      // Or the slab would be empty, and any class would have it.
      if (SlabCapacity(larger, kSlabPages.of[larger].first) < 2) continue;
      TestPool pool(64 * kPageBytes);
      pool.CheckEvery(64);
      TestHeap heap(&pool);
      std::vector<char*> blocks;
      heap.Fill(ClassBytes(larger), &blocks);
      char* const freed = blocks[0];
      blocks[0] = blocks.back();
      blocks.pop_back();
      heap.Fill(16, &blocks);  // of what is too short for a slab of these
      heap.Free(freed);
      const uint64_t refused = pool->Stats().exhausted;
      char* const block = heap.Allocate(ClassBytes(i));
      EXPECT_EQ(block, freed) << i << ", " << larger;
      EXPECT_EQ(heap.UsableSize(block), ClassBytes(larger));
      EXPECT_EQ(pool->Stats().exhausted, refused);
    }
  }
}

TEST_F(ThreadHeapLadder, ABlockOfMoreThanTwiceTheSizeIsNotTaken) {
  std::vector<char*> blocks;
  one_.Fill(2048 + 256, &blocks);
  one_.Fill(16, &blocks);
  one_.Free(blocks[0]);
  EXPECT_EQ(one_.Allocate(1024), nullptr);
  EXPECT_EQ(one_.Allocate(1025), blocks[0]);  // of class 1152
}

TEST_F(ThreadHeapLadder, AlignmentIsKeptAlsoByALargerBlock) {
  for (size_t alignment = 32; alignment <= kPageBytes; alignment *= 2) {
    // Of sizes that are multiples of it, and of some that are not.
    for (uint32_t i = ClassOf(alignment) + 1;
         i < kClasses && ClassBytes(i) <= 2 * alignment; ++i) {
      if (SlabCapacity(i, kSlabPages.of[i].first) < 3) continue;
      TestPool pool(64 * kPageBytes);
      pool.CheckEvery(256);
      TestHeap heap(&pool);
      std::vector<char*> blocks;
      heap.Fill(ClassBytes(i), &blocks);
      std::vector<char*> rest;
      heap.Fill(16, &rest);
      // The second block of each of some slabs, so that none becomes empty.
      size_t freed = 0;
      for (size_t k = 1; k < blocks.size() && freed < 5; ++k) {
        if (Address(blocks[k]) - pool.SlabOf(blocks[k])->start !=
            ClassBytes(i)) {
          continue;
        }
        heap.Free(blocks[k]);
        ++freed;
      }
      ASSERT_GT(freed, 1u);
      for (size_t k = 0; k < freed; ++k) {
        char* const block = heap.Allocate(alignment, alignment);
        ASSERT_EQ(Address(block) % alignment, 0u)
            << alignment << " from " << ClassBytes(i);
        ASSERT_EQ(block != nullptr, ClassBytes(i) % alignment == 0)
            << alignment << " from " << ClassBytes(i);
      }
    }
  }
}

TEST_F(ThreadHeapLadder, ThreadThatWasRefusedOwnsNothing) {
  std::vector<char*> blocks;
  for (size_t bytes = 16; bytes < 3000; bytes += 100) {
    for (int i = 0; i < 10; ++i) blocks.push_back(one_.Allocate(bytes));
  }
  ASSERT_GT(OwnedSlabs(one_), 10u);
  EXPECT_EQ(one_.Allocate(pool_.bytes() / 2 + kPageBytes * 64), nullptr);
  EXPECT_EQ(OwnedSlabs(one_), 0u);
  EXPECT_EQ(refused(), 1u);
  blocks.push_back(one_.Allocate(16));
  EXPECT_EQ(OwnedSlabs(one_), 1u);
  EXPECT_EQ(one_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(OwnedSlabs(one_), 0u);
  // And has lost nothing by it.
  one_.FreeAll(&blocks);
  EXPECT_EQ(one_.Allocate(pool_.bytes()), pool_.begin());
}

TEST_F(ThreadHeapLadder, RefusalIsOfWhatIsNotThereOnly) {
  std::vector<char*> blocks;
  one_.Fill(kPageBytes, &blocks);
  EXPECT_EQ(blocks.size(), pool_.pages());
  EXPECT_EQ(one_.Allocate(16), nullptr);
  EXPECT_EQ(other_.Allocate(0), nullptr);
  EXPECT_EQ(other_.AllocateZeroed(1), nullptr);
  EXPECT_EQ(other_.AllocateZeroed(100'000), nullptr);
  other_.Free(blocks[7]);
  EXPECT_EQ(other_.Allocate(16), blocks[7]);
}

// However full it was, and whatever of.

// As many blocks as fit when first slabs are made of all pages; but for one of
// them, which the slabs that served before may be in the way of.
size_t LeastYield(const TestPool& pool, size_t bytes) {
  if (bytes > kMaxClassBytes) return pool.pages() / PagesFor(bytes);
  const uint32_t size_class = ClassOf(bytes);
  const uint32_t pages = kSlabPages.of[size_class].first;
  return (pool.pages() / pages - 1) * SlabCapacity(size_class, pages);
}

constexpr size_t kSizes[] = {16,    48,     100,    208,    500,    1000,
                             3000,  4096,   5000,   9000,   20'000, 36'000,
                             65536, 65'537, 33'333, 131'072};

TEST(ThreadHeapYieldTest, SmallPoolsAreServedToTheEnd) {
  for (size_t bytes = 64 * kKiB; bytes <= kMiB; bytes += bytes / 3) {
    TestPool pool(bytes);
    pool.CheckEvery(1000);
    TestHeap heap(&pool);
    for (const size_t size : kSizes) {
      std::vector<char*> blocks;
      EXPECT_GE(heap.Fill(size, &blocks), LeastYield(pool, size))
          << size << " of " << bytes;
      pool.ExpectValid();
      heap.FreeAll(&blocks);
    }
  }
}

TEST(ThreadHeapYieldTest, EachOfAThousandRoundsYieldsAFullPool) {
  TestPool pool(512 * kKiB);
  pool.CheckEvery(0);
  TestHeap heap(&pool);
  Random random(TestSeed());
  for (uint64_t round = 0; round < 1000 * TestFactor(); ++round) {
    const size_t size = kSizes[round % std::size(kSizes)];
    std::vector<char*> blocks;
    ASSERT_GE(heap.Fill(size, &blocks), LeastYield(pool, size))
        << size << ", round " << round;
    pool.ExpectValid();
    // In any order, and by whoever comes by.
    TestHeap passing(&pool);
    for (size_t i = blocks.size(); i > 0; --i) {
      std::swap(blocks[random.Below(static_cast<uint32_t>(i))], blocks[i - 1]);
      (random.OneIn(2) ? heap : passing).Free(blocks[i - 1]);
    }
    pool.ExpectValid();
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

// Threads that used every class, freed all, and went to sleep.
TEST(ThreadHeapYieldTest, SleepersHoldBackNoMoreThanIsStated) {
  constexpr size_t kSleepers = 8;
  TestPool pool(64 * kMiB);
  pool.CheckEvery(0);
  size_t tight_pages = 0;
  for (const SlabPages& pages : kSlabPages.of) tight_pages += pages.tight;
  const size_t stated =
      kSleepers * (pool.bytes() / 128 + tight_pages * kPageBytes);
  Random random(TestSeed());
  std::deque<TestHeap> sleepers;
  for (size_t i = 0; i < kSleepers; ++i) {
    TestHeap& heap = sleepers.emplace_back(&pool);
    std::vector<char*> blocks;
    for (uint32_t size_class = 0; size_class < kClasses; ++size_class) {
      const size_t bytes = ClassBytes(size_class);
      for (size_t n = 0; n < (bytes < 4096 ? 300 : 10); ++n) {
        blocks.push_back(heap.Allocate(bytes));
        ASSERT_NE(blocks.back(), nullptr);
      }
    }
    for (size_t left = blocks.size(); left > 0; --left) {
      std::swap(blocks[random.Below(static_cast<uint32_t>(left))],
                blocks[left - 1]);
      heap.Free(blocks[left - 1]);
    }
  }
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  size_t got = 0;
  for (size_t bytes = kMiB; bytes >= 16; bytes /= 2) {
    got += bytes * heap.Fill(bytes, &blocks);
  }
  EXPECT_GE(got + stated, pool.bytes());
  RecordProperty("held_back_percent",
                 static_cast<int>(100 - 100 * got / pool.bytes()));
  EXPECT_GE(got, pool.bytes() / 100 * 70);
  pool.ExpectValid();
}

// Threads whose queues are full: each filled some memory with blocks of one
// size, freed all but one of each slab, and went to sleep.
TEST(ThreadHeapYieldTest, SleepersQueueNoMoreThanIsStated) {
  constexpr size_t kSleepers = 7;
  constexpr size_t kBytes = 320;
  TestPool pool(64 * kMiB);
  pool.CheckEvery(0);
  TestHeap heap(&pool);
  std::deque<TestHeap> sleepers;
  size_t stated = 0;
  size_t left = 0;
  for (size_t i = 0; i < kSleepers; ++i) {
    TestHeap& sleeper = sleepers.emplace_back(&pool);
    std::vector<char*> blocks;
    for (size_t n = 0; n < 7 * kMiB / kBytes; ++n) {
      blocks.push_back(sleeper.Allocate(kBytes));
      ASSERT_NE(blocks.back(), nullptr);
    }
    for (char* const block : blocks) {
      if (pool.SlabOf(block)->start == reinterpret_cast<uintptr_t>(block)) {
        left += kBytes;
      } else {
        sleeper.Free(block);
      }
    }
    stated +=
        (pool->most_queued_pages() + pool->most_serving_pages()) * kPageBytes;
  }
  EXPECT_LE(stated, pool.bytes() / 100 * 28);
  std::vector<char*> blocks;
  const size_t got = kBytes * heap.Fill(kBytes, &blocks);
  EXPECT_GE(got + left + stated, pool.bytes() / 1000 * 995);
  pool.ExpectValid();
}

// Threads that have a block of each size, of a pool so large that few threads
// would have large slabs.
TEST(ThreadHeapYieldTest, ManyThreadsThatUseLittleHaveLittle) {
  constexpr size_t kThreads = 300;
  TestPool pool({.bytes = 1024 * kMiB, .content = Content::kZero});
  pool.CheckEvery(0);
  size_t first_pages = 0;
  for (uint32_t i = 0; i <= ClassOf(1024); ++i) {
    first_pages += kSlabPages.of[i].first;
  }
  std::deque<TestHeap> heaps;
  for (size_t i = 0; i < kThreads; ++i) {
    TestHeap& heap = heaps.emplace_back(&pool);
    for (uint32_t size_class = 0; size_class <= ClassOf(1024); ++size_class) {
      ASSERT_NE(heap.Allocate(ClassBytes(size_class)), nullptr);
    }
  }
  EXPECT_LE(pool.InUse(), kThreads * first_pages * kPageBytes + 32 * kMiB);
}

// A heap that ends takes the place of one that sleeps.
TEST(ThreadHeapYieldTest, FullPoolIsEmptiedByWhoeverIsLeft) {
  TestPool pool(512 * kKiB);
  pool.CheckEvery(0);
  Random random(TestSeed());
  for (uint64_t round = 0; round < 200 * TestFactor(); ++round) {
    std::vector<char*> blocks;
    {
      TestHeap heap(&pool);
      TestHeap second(&pool);
      for (;;) {
        const size_t bytes = random.LogUniform(15);
        char* const block = (random.OneIn(2) ? heap : second).Allocate(bytes);
        if (block == nullptr) break;
        blocks.push_back(block);
        if (!random.OneIn(3)) continue;
        std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
                  blocks.back());
        second.Free(blocks.back());
        blocks.pop_back();
      }
    }
    TestHeap last(&pool);
    last.FreeAll(&blocks);
    char* const whole = last.Allocate(pool.bytes());
    ASSERT_EQ(whole, pool.begin()) << "round " << round;
    last.Free(whole);
    pool.ExpectValid();
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace cellblock
