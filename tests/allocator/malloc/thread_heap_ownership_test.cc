// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Whose a slab is, and that nothing which was freed is out of reach. Several
// heaps, driven by one thread; ownership_model_test.cc has every interleaving.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

enum class State { kUnused, kOwned, kListed, kFull, kSpan };

// As slab.h's table has it.
State StateOf(const Slab& slab) {
  if (slab.size_class == kNoClass) return State::kUnused;
  if (slab.size_class == kSpanClass) return State::kSpan;
  if (slab.remote.load() == 0) return State::kFull;
  return slab.owner.load() == 0 ? State::kListed : State::kOwned;
}

class ThreadHeapOwnership : public testing::Test {
 protected:
  // Blocks of one class, until their slab is full and another one serves.
  std::vector<char*> FullSlab(TestHeap* heap, size_t bytes) {
    std::vector<char*> blocks = {heap->Allocate(bytes)};
    Slab* const slab = pool_.SlabOf(blocks[0]);
    for (;;) {
      char* const block = heap->Allocate(bytes);
      if (pool_.SlabOf(block) != slab) {
        heap->Free(block);
        return blocks;
      }
      blocks.push_back(block);
    }
  }

  // Pages of slabs that a heap owns, but for those that serve.
  size_t QueuedPages(const TestHeap& heap) {
    size_t pages = 0;
    pool_.ForEachSlab([&](const Slab& slab) {
      if (slab.owner.load() == heap.token() && slab.credit < kServing / 2) {
        pages += PagesOf(slab);
      }
    });
    return pages;
  }
  size_t ServingPages(const TestHeap& heap) {
    size_t pages = 0;
    for (uint32_t i = 0; i < kClasses; ++i) {
      const Slab* const slab = heap.Serving(ClassBytes(i));
      if (slab != &kNoSlab) pages += PagesOf(*slab);
    }
    return pages;
  }
  size_t OwnedPages(const TestHeap& heap) {
    size_t pages = 0;
    pool_.ForEachSlab([&](const Slab& slab) {
      if (slab.owner.load() == heap.token()) pages += PagesOf(slab);
    });
    return pages;
  }

  TestPool pool_{{.bytes = 16 * kMiB, .content = Content::kZero}};
  TestHeap one_{&pool_};
  TestHeap other_{&pool_};
};

// The transitions.

TEST_F(ThreadHeapOwnership, SlabThatServesIsItsThreads) {
  Slab* const slab = pool_.SlabOf(one_.Allocate(100));
  EXPECT_EQ(StateOf(*slab), State::kOwned);
  EXPECT_EQ(slab->owner.load(), one_.token());
}

TEST_F(ThreadHeapOwnership, FullSlabIsNobodys) {
  const std::vector<char*> blocks = FullSlab(&one_, 100);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  EXPECT_EQ(blocks.size(), SlabCapacity(ClassOf(100), PagesOf(*slab)));
  EXPECT_EQ(StateOf(*slab), State::kFull);
  EXPECT_EQ(slab->owner.load(), 0u);
}

TEST_F(ThreadHeapOwnership, WhoFreesFirstIntoAFullSlabOwnsIt) {
  for (TestHeap* const freer : {&one_, &other_}) {
    std::vector<char*> blocks = FullSlab(&one_, 100);
    Slab* const slab = pool_.SlabOf(blocks[0]);
    freer->Free(blocks.back());
    EXPECT_EQ(StateOf(*slab), State::kOwned);
    EXPECT_EQ(slab->owner.load(), freer->token());
    EXPECT_EQ(slab->remote.load(), kOwnedBit);
    EXPECT_EQ(slab->credit, blocks.size() - 1);
  }
}

TEST_F(ThreadHeapOwnership, WhoFreesLaterGivesBackToTheOwner) {
  std::vector<char*> blocks = FullSlab(&one_, 100);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  other_.Free(blocks[0]);
  one_.Free(blocks[1]);
  one_.Free(blocks[2]);
  EXPECT_TRUE(other_.Owns(blocks[1]));
  // In the order of a stack.
  EXPECT_EQ(RemoteFirst(*slab, slab->remote.load()), blocks[2]);
  EXPECT_EQ(slab->credit, blocks.size() - 1);  // the owner has not met them
}

TEST_F(ThreadHeapOwnership, SlabThatServesStaysItsThreadsWhoeverFrees) {
  char* const block = one_.Allocate(100);
  char* const second = one_.Allocate(100);
  other_.Free(block);
  EXPECT_TRUE(one_.Owns(second));
  one_.Free(second);
  EXPECT_TRUE(one_.Owns(second));
}

TEST_F(ThreadHeapOwnership, EmptySlabBecomesASpanOfWhoOwnsIt) {
  std::vector<char*> blocks = FullSlab(&one_, 100);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  const size_t in_use = pool_.InUse();
  other_.FreeAll(&blocks);
  EXPECT_EQ(StateOf(*slab), State::kUnused);
  EXPECT_EQ(slab->owner.load(), 0u);
  EXPECT_EQ(pool_.InUse(), in_use);  // in the cache
  other_.Close();
  EXPECT_EQ(pool_.InUse(), in_use - slab->reciprocal * kPageBytes);
}

TEST_F(ThreadHeapOwnership, SpanIsFreedByAnyone) {
  char* const span = one_.Allocate(100'000);
  EXPECT_EQ(StateOf(*pool_.SlabOf(span)), State::kSpan);
  other_.Free(span);
  EXPECT_EQ(StateOf(*pool_.SlabOf(span)), State::kUnused);
  // It is in the cache of who freed it.
  EXPECT_NE(one_.Allocate(100'000), span);
  EXPECT_EQ(other_.Allocate(100'000), span);
}

// The order in which a request is served.

// Four to a slab, which are cut off one by one.
constexpr size_t kFourToASlab = 3000;

TEST_F(ThreadHeapOwnership, WhatOthersGaveBackIsUsedBeforeMoreIsCutOff) {
  char* const block = one_.Allocate(kFourToASlab);
  other_.Free(block);
  EXPECT_EQ(pool_.SlabOf(block)->carved, 1u);
  EXPECT_EQ(one_.Allocate(kFourToASlab), block);
  EXPECT_EQ(pool_.SlabOf(block)->carved, 1u);
}

TEST_F(ThreadHeapOwnership, MoreIsCutOffBeforeTheQueueIsLookedAt) {
  const std::vector<char*> full = FullSlab(&one_, kFourToASlab);
  Slab* const serving = one_.Serving(kFourToASlab);
  ASSERT_NE(serving, pool_.SlabOf(full[0]));
  one_.Free(full[0]);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(pool_.SlabOf(one_.Allocate(kFourToASlab)), serving);
  }
}

TEST_F(ThreadHeapOwnership, QueueIsUsedBeforeSlabsThatNobodyOwns) {
  const std::vector<char*> full = FullSlab(&one_, kFourToASlab);
  Slab* const listed = pool_.SlabOf(other_.Allocate(kFourToASlab));
  other_.Close();
  ASSERT_EQ(StateOf(*listed), State::kListed);
  one_.Free(full[0]);
  for (int i = 0; i < 4; ++i) one_.Allocate(kFourToASlab);
  EXPECT_EQ(one_.Allocate(kFourToASlab), full[0]);
  EXPECT_EQ(StateOf(*listed), State::kListed);
  EXPECT_EQ(pool_.SlabOf(one_.Allocate(kFourToASlab)), listed);
}

// So it is a while until the next one is looked for.
TEST_F(ThreadHeapOwnership, OfTheSlabsLongestInTheQueueTheEmptiestIsUsed) {
  constexpr size_t kFreed[] = {1, 1, 3, 2, 5, 5};  // of six full slabs
  std::vector<std::vector<char*>> full;
  while (full.size() <= std::size(kFreed)) {
    char* const block = one_.Allocate(kFourToASlab);
    if (full.empty() || pool_.SlabOf(full.back()[0]) != pool_.SlabOf(block)) {
      full.emplace_back();
    }
    full.back().push_back(block);
  }
  for (size_t i = 0; i < std::size(kFreed); ++i) {
    for (size_t k = 0; k < kFreed[i]; ++k) one_.Free(full[i][k]);
  }
  const Slab* const serving = one_.Serving(kFourToASlab);
  char* block;
  do {
    block = one_.Allocate(kFourToASlab);
  } while (pool_.SlabOf(block) == serving);
  EXPECT_EQ(pool_.SlabOf(block), pool_.SlabOf(full[2][0]));
}

TEST_F(ThreadHeapOwnership, ListedSlabIsUsedBeforeANewOneIsMade) {
  char* const block = other_.Allocate(1000);
  Slab* const slab = pool_.SlabOf(block);
  other_.Close();
  EXPECT_EQ(StateOf(*slab), State::kListed);
  const size_t in_use = pool_.InUse();
  EXPECT_EQ(pool_.SlabOf(one_.Allocate(1000)), slab);
  EXPECT_EQ(pool_.InUse(), in_use);
  EXPECT_TRUE(one_.Owns(block));
}

TEST_F(ThreadHeapOwnership, SpanOfTheCacheIsUsedBeforeThePools) {
  std::vector<char*> blocks = FullSlab(&one_, 64);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  const size_t pages = PagesOf(*slab);
  one_.FreeAll(&blocks);
  ASSERT_EQ(StateOf(*slab), State::kUnused);
  const size_t in_use = pool_.InUse();
  char* const block = one_.Allocate(80);  // whose first slab is of one page too
  ASSERT_EQ(PagesOf(*pool_.SlabOf(block)), pages);
  EXPECT_EQ(pool_.SlabOf(block), slab);
  EXPECT_EQ(pool_.InUse(), in_use);
}

// They are resident, and what was never touched is not.
TEST_F(ThreadHeapOwnership, LargeSpansOfTheCacheAreUsedBeforeFreshMemory) {
  constexpr size_t kBytes = (kMaxSlabPages + 10) * kPageBytes;
  TestPool pool({.bytes = 64 * kMiB, .content = Content::kZero});
  TestHeap heap(&pool);
  char* const span = heap.Allocate(kBytes);
  const uint64_t high_water = pool->Stats().high_water_bytes;
  heap.Free(span);
  ASSERT_EQ(pool.InUse(), kBytes);  // in the cache
  char* const block = heap.Allocate(100);
  EXPECT_GE(block, span);
  EXPECT_LT(block, span + kBytes);
  EXPECT_EQ(pool->Stats().high_water_bytes, high_water);
}

// The end of a thread.

TEST_F(ThreadHeapOwnership, ClosedHeapOwnsNothing) {
  Random random(TestSeed());
  std::vector<char*> blocks;
  for (int i = 0; i < 2000; ++i) {
    blocks.push_back(one_.Allocate(random.LogUniform(16)));
    if (!random.OneIn(3)) continue;
    std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
              blocks.back());
    one_.Free(blocks.back());
    blocks.pop_back();
  }
  EXPECT_GT(OwnedPages(one_), 0u);
  one_.Close();
  EXPECT_EQ(OwnedPages(one_), 0u);
  // A slab without a live block is none any more.
  pool_.ForEachSlab([](const Slab& slab) {
    EXPECT_NE(StateOf(slab), State::kUnused);
    if (StateOf(slab) != State::kListed) return;
    EXPECT_GT(slab.credit, 0u);
  });
  // And the other one has the whole pool, once the blocks are freed.
  other_.FreeAll(&blocks);
  EXPECT_NE(other_.Allocate(pool_.bytes()), nullptr);
}

TEST_F(ThreadHeapOwnership, ClosedHeapGivesBackWhatOthersFreedIntoItsSlabs) {
  std::vector<char*> serving = {one_.Allocate(100), one_.Allocate(100)};
  std::vector<char*> queued = FullSlab(&one_, kFourToASlab);
  one_.Free(queued.back());
  queued.pop_back();
  other_.FreeAll(&serving);
  other_.FreeAll(&queued);
  EXPECT_GT(pool_.InUse(), 0u);
  one_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(ThreadHeapOwnership, HeapWithoutLiveBlocksLeavesNothingBehind) {
  std::vector<char*> blocks;
  for (size_t bytes = 1; bytes < 300'000; bytes += 1 + bytes / 5) {
    for (int i = 0; i < 5; ++i) blocks.push_back(one_.Allocate(bytes));
  }
  one_.FreeAll(&blocks);
  EXPECT_GT(pool_.InUse(), 0u);
  one_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

// What sleepers hold back.

TEST_F(ThreadHeapOwnership, NothingIsStrandedBehindFullSlabs) {
  pool_.CheckEvery(1000);
  std::vector<char*> blocks;
  one_.Fill(100, &blocks);
  EXPECT_GT(blocks.size() * 112, pool_.bytes() / 100 * 95);
  // The first thread sleeps from now on.
  other_.FreeAll(&blocks);
  EXPECT_NE(other_.Allocate(pool_.bytes()), nullptr);
}

TEST_F(ThreadHeapOwnership, SleeperKeepsOnlyWhatServesAndItsQueues) {
  pool_.CheckEvery(0);
  Random random(TestSeed());
  std::vector<char*> blocks;
  const auto free_one = [&](TestHeap* heap) {
    std::swap(blocks[random.Below(static_cast<uint32_t>(blocks.size()))],
              blocks.back());
    heap->Free(blocks.back());
    blocks.pop_back();
  };
  for (int i = 0; i < 30'000; ++i) {
    char* const block =
        (i % 2 == 0 ? one_ : other_).Allocate(random.LogUniform(14));
    if (block == nullptr) break;
    blocks.push_back(block);
    while (random.OneIn(2) && !blocks.empty()) {
      free_one(random.OneIn(2) ? &one_ : &other_);
    }
  }
  while (!blocks.empty()) free_one(&one_);
  pool_.ExpectValid();
  // The first one sleeps, and all is free; the other takes what it can.
  const size_t bound = ServingPages(one_) + pool_->most_queued_pages();
  EXPECT_LE(OwnedPages(one_), bound);
  while (char* const block = other_.Allocate(kPageBytes)) {
    blocks.push_back(block);
  }
  EXPECT_GE(blocks.size(), pool_.pages() - bound);
  EXPECT_LE(OwnedPages(one_), bound);
  pool_.ExpectValid();
}

TEST_F(ThreadHeapOwnership, QueuesOfAThreadHaveA64thOfASharedPoolAtMost) {
  pool_.CheckEvery(1000);
  std::vector<char*> blocks;
  one_.Fill(200, &blocks);
  size_t most = 0;
  // One of each slab, so that none becomes empty.
  std::set<const Slab*> claimed;
  for (char* const block : blocks) {
    if (!claimed.insert(pool_.SlabOf(block)).second) continue;
    other_.Free(block);
    const size_t queued = QueuedPages(other_);
    ASSERT_LE(queued, pool_->most_queued_pages());
    most = std::max(most, queued);
  }
  EXPECT_GT(most, pool_->most_queued_pages() / 2);
  ASSERT_GT(claimed.size(), 100u);
  // The rest is listed, in reach of the first.
  size_t served = 0;
  while (one_.Allocate(200) != nullptr) ++served;
  EXPECT_GE(served, claimed.size() - most);
}

TEST(ThreadHeapAloneTest, QueuesOfTheOnlyThreadAreNotBound) {
  TestPool pool(16 * kMiB);
  pool.CheckEvery(1000);
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  heap.Fill(200, &blocks);
  std::set<const Slab*> claimed;
  size_t pages = 0;
  for (char* const block : blocks) {
    if (!claimed.insert(pool.SlabOf(block)).second) continue;
    heap.Free(block);
    EXPECT_TRUE(heap.Owns(block));
    pages += PagesOf(*pool.SlabOf(block));
  }
  EXPECT_GT(pages, pool->most_queued_pages());
}

// The one block of a slab comes back when the queues are above their share:
// the slab is gone when the share is looked at.
// More than all threads of a shared pool may: once it is shared, the next slow
// path leaves it to the others.
TEST(ThreadHeapAloneTest, WhatTheOnlyThreadServesFromIsSharedLater) {
  TestPool pool(64 * kMiB);
  pool.CheckEvery(1000);
  TestHeap heap(&pool);
  std::vector<char*> blocks;
  const auto serving = [&] {
    size_t pages = 0;
    for (uint32_t i = 0; i < kClasses; ++i) {
      const Slab* const slab = heap.Serving(ClassBytes(i));
      if (slab != &kNoSlab) pages += PagesOf(*slab);
    }
    return pages;
  };
  for (int i = 0; i < 300; ++i) {
    for (uint32_t j = 8; j < kClasses - 24; ++j) {
      blocks.push_back(heap.Allocate(ClassBytes(j)));
      ASSERT_NE(blocks.back(), nullptr);
    }
  }
  const size_t alone = serving();
  EXPECT_LE(alone, pool->most_serving_pages() * 2);
  {
    TestHeap other(&pool);
    const size_t most = pool->most_serving_pages();
    ASSERT_GT(alone, 3 * most);
    // As many as are left may be served without a slow path.
    const size_t bytes = ClassBytes(kClasses - 25);
    const Slab* const slab = heap.Serving(bytes);
    while (heap.Serving(bytes) == slab) blocks.push_back(heap.Allocate(bytes));
    EXPECT_LE(serving(), most + PagesOf(*heap.Serving(bytes)));
    pool.ExpectValid();
  }
  heap.FreeAll(&blocks);
}

// Nothing more can be had of it, so it does not serve, and whoever frees its
// block has a span.
TEST_F(ThreadHeapOwnership, SlabOfOneBlockIsNobodysAtOnce) {
  std::vector<char*> blocks = {one_.Allocate(kMaxClassBytes)};
  EXPECT_EQ(StateOf(*pool_.SlabOf(blocks[0])), State::kOwned);
  for (int i = 0; i < 2; ++i) {
    blocks.push_back(one_.Allocate(kMaxClassBytes));
    const Slab* const slab = pool_.SlabOf(blocks.back());
    ASSERT_EQ(PagesOf(*slab), kMaxClassBytes / kPageBytes);
    EXPECT_EQ(StateOf(*slab), State::kFull);
    EXPECT_EQ(one_.Serving(kMaxClassBytes), &kNoSlab);
    pool_.ExpectValid();
  }
  EXPECT_EQ(pool_->CountLive().blocks, blocks.size());
  for (char* const block : blocks) {
    const Slab* const slab = pool_.SlabOf(block);
    other_.Free(block);
    EXPECT_EQ(StateOf(*slab), State::kUnused);
    pool_.ExpectValid();
  }
  EXPECT_EQ(pool_.SlabOf(other_.Allocate(kMaxClassBytes)),
            pool_.SlabOf(blocks.back()));
}

TEST(ThreadHeapAloneTest, SlabThatIsClaimedAndEmptyAtOnceLeavesTheQueuesAlone) {
  TestPool pool(16 * kMiB);
  pool.CheckEvery(1000);
  TestHeap heap(&pool);
  std::vector<char*> large;
  for (int i = 0; i < 4; ++i) large.push_back(heap.Allocate(kMaxClassBytes));
  std::vector<char*> blocks;
  for (int i = 0; i < 400'000; ++i) blocks.push_back(heap.Allocate(16));
  std::vector<char*> kept;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (i % 2 == 0) {
      heap.Free(blocks[i]);
    } else {
      kept.push_back(blocks[i]);
    }
  }
  TestHeap other(&pool);
  for (char* const block : large) {
    heap.Free(block);
    pool.ExpectValid();
  }
  heap.FreeAll(&kept);
  heap.Close();
  EXPECT_EQ(pool.InUse(), 0u);
}

TEST_F(ThreadHeapOwnership, BlocksGoRoundBetweenManyHeaps) {
  pool_.CheckEvery(50);
  std::vector<char*> blocks;
  for (int round = 0; round < 30; ++round) {
    TestHeap heap(&pool_);
    for (int i = 0; i < 300; ++i) {
      blocks.push_back(heap.Allocate(static_cast<size_t>(round) * 37 + 1));
    }
    // Half of the blocks of its predecessors.
    for (size_t i = 0; i + 1 < blocks.size(); i += 2) {
      heap.Free(blocks[i]);
      blocks[i] = blocks.back();
      blocks.pop_back();
    }
  }
  other_.FreeAll(&blocks);
  one_.Close();
  other_.Close();
  pool_->Reclaim();  // slabs that were listed when their last block came back
  EXPECT_EQ(pool_.InUse(), 0u);
}

}  // namespace
}  // namespace cellblock
