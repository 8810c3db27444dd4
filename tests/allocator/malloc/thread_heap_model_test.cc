// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Random calls of several heaps of one pool, driven by one thread, against a
// map of what is handed out. Every block is painted.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

struct Block {
  size_t usable;
  char paint;
  bool is_pages;  // of a mapping
};

class ModelRun {
 public:
  ModelRun(size_t pool_bytes, Content content, uint32_t size_bits,
           uint64_t seed)
      : pool_({.bytes = pool_bytes, .content = content}),
        size_bits_(size_bits),
        random_(seed) {
    for (auto& heap : heaps_) heap = std::make_unique<TestHeap>(&pool_);
  }

  void Step() {
    switch (random_.Below(16)) {
      default:
        return Allocate();
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
        return Free();
      case 11:
      case 12:
        return Reallocate();
      case 13:
        return random_.OneIn(2) ? AllocatePages() : FreePages();
      case 14:
        return random_.OneIn(8) ? EndThread() : AskAnything();
      case 15:
        // More comes back than goes out now and then, so that it is not always
        // full.
        for (int i = 0; i < 8; ++i) Free();
        if (random_.OneIn(64)) pool_->Reclaim();
    }
  }

  // All that is handed out, byte by byte.
  void CheckPaint() {
    for (const auto& [at, block] : live_) {
      ASSERT_TRUE(IsAll(at, block.paint, block.usable));
    }
  }

  void End() {
    while (!live_.empty()) {
      if (live_.begin()->second.is_pages) {
        FreeRange(live_.begin()->first);
      } else {
        FreeBlock(live_.begin());
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    for (auto& heap : heaps_) heap->Close();
    ASSERT_EQ(pool_->Stats().allocations, pool_->Stats().frees);
    ASSERT_EQ(pool_->CountLive().blocks, 0u);
    pool_->Reclaim();
    ASSERT_EQ(pool_.InUse(), 0u);
    Slab* const whole = pool_->NewSpan(pool_.pages(), kPageBytes);
    ASSERT_NE(whole, nullptr);
    pool_.ExpectValid();
  }

  TestPool& pool() { return pool_; }

  uint32_t served_ = 0;
  uint32_t refused_ = 0;
  uint32_t moved_ = 0;
  uint32_t stayed_ = 0;
  uint32_t ended_ = 0;

 private:
  using Live = std::map<char*, Block>;

  TestHeap& AnyHeap() { return *heaps_[random_.Below(std::size(heaps_))]; }

  Live::iterator AnyLive() {
    const uint64_t at = random_.Below(static_cast<uint32_t>(pool_.bytes()));
    const auto next = live_.lower_bound(pool_.begin() + at);
    return next == live_.end() ? live_.begin() : next;
  }

  void Use(char* at, bool is_pages) {
    const size_t usable = is_pages ? kPageBytes : pool_->UsableSize(at);
    ASSERT_GE(at, pool_.begin());
    ASSERT_LE(at + usable, pool_.end());
    const auto next = live_.lower_bound(at);
    ASSERT_TRUE(next == live_.end() || at + usable <= next->first)
        << "overlaps what is behind it";
    const auto before = next == live_.begin() ? live_.end() : std::prev(next);
    ASSERT_TRUE(before == live_.end() ||
                before->first + before->second.usable <= at)
        << "overlaps what is before it";
    const Block block = {usable, static_cast<char>(random_.Next() | 1),
                         is_pages};
    memset(at, block.paint, usable);
    live_[at] = block;
  }

  // Nothing of the pages that it takes is to be had.
  void ExpectNoRoom(size_t bytes) {
    const size_t pages = bytes > kMaxClassBytes
                             ? PagesFor(bytes)
                             : kSlabPages.of[ClassOf(bytes)].least;
    ASSERT_EQ(pool_->NewSpan(pages, kPageBytes), nullptr) << bytes;
    ++refused_;
  }

  void Allocate() {
    const size_t bytes = random_.OneIn(50) ? 0 : random_.LogUniform(size_bits_);
    const size_t alignment =
        random_.OneIn(4) ? size_t{1} << random_.Below(15) : kBlockAlignment;
    const bool zeroed = random_.OneIn(3);
    TestHeap& heap = AnyHeap();
    const uint64_t refused = pool_->Stats().exhausted;
    char* const block = zeroed ? heap.AllocateZeroed(bytes, alignment)
                               : heap.Allocate(bytes, alignment);
    if (block == nullptr) {
      ASSERT_EQ(pool_->Stats().exhausted, refused + 1);
      if (alignment <= kBlockAlignment) ExpectNoRoom(bytes);
      return;
    }
    ++served_;
    ASSERT_EQ(Address(block) % std::max(alignment, kBlockAlignment), 0u);
    ASSERT_GE(heap.UsableSize(block), bytes);
    ASSERT_TRUE(!zeroed || IsAll(block, 0, heap.UsableSize(block))) << bytes;
    Use(block, false);
  }

  void FreeBlock(Live::iterator it) {
    const auto [at, block] = *it;
    ASSERT_TRUE(IsAll(at, block.paint, block.usable));
    ASSERT_EQ(pool_->UsableSize(at), block.usable);
    live_.erase(it);
    for (const auto& heap : heaps_) {
      if (heap->Owns(at) && random_.OneIn(2)) return heap->FreeFast(at);
    }
    AnyHeap().Free(at);
  }

  void Free() {
    if (live_.empty()) return;
    const auto it = AnyLive();
    if (!it->second.is_pages) FreeBlock(it);
  }

  void Reallocate() {
    if (live_.empty()) return;
    const auto it = AnyLive();
    const auto [at, block] = *it;
    if (block.is_pages) return;
    const size_t bytes =
        random_.OneIn(2)
            ? random_.LogUniform(size_bits_)
            : 1 + random_.Below(static_cast<uint32_t>(2 * block.usable));
    char* const moved = AnyHeap().Reallocate(at, bytes);
    const size_t kept = std::min(bytes, block.usable);
    if (moved == nullptr) {
      ASSERT_GT(bytes, block.usable);
      ASSERT_TRUE(IsAll(at, block.paint, block.usable));
      return ExpectNoRoom(bytes);
    }
    ++(moved == at ? stayed_ : moved_);
    ASSERT_GE(pool_->UsableSize(moved), bytes);
    ASSERT_TRUE(IsAll(moved, block.paint, kept));
    live_.erase(it);
    Use(moved, false);
  }

  void AllocatePages() {
    const size_t bytes = random_.LogUniform(size_bits_);
    const bool zeroed = random_.OneIn(2);
    char* const pages = static_cast<char*>(
        pool_->TryPages(bytes, zeroed ? Fill::kZeroed : Fill::kUninitialized));
    if (pages == nullptr) return;
    const size_t whole = PagesFor(bytes) * kPageBytes;
    ASSERT_TRUE(!zeroed || IsAll(pages, 0, whole));
    for (size_t at = 0; at < whole; at += kPageBytes) Use(pages + at, true);
  }

  // Some pages from there on, whoever has them: mappings go, nothing else.
  void FreeRange(char* begin) {
    begin -= Address(begin) % kPageBytes;
    char* const end = std::min<char*>(
        begin + (1 + random_.Below(8)) * kPageBytes, pool_.end());
    size_t expected = 0;
    for (char* page = begin; page < end; page += kPageBytes) {
      const auto it = live_.find(page);
      if (it == live_.end() || !it->second.is_pages) continue;
      ASSERT_TRUE(IsAll(page, it->second.paint, kPageBytes));
      live_.erase(it);
      expected += kPageBytes;
    }
    ASSERT_EQ(pool_->FreePages(begin, end), expected);
  }
  void FreePages() {
    const auto it = live_.empty() ? live_.end() : AnyLive();
    if (it != live_.end()) FreeRange(it->first);
  }

  void EndThread() {
    TestHeap& heap = AnyHeap();
    heap.Close();
    heap.Open();
    ++ended_;
  }

  void AskAnything() {
    char* const at =
        pool_.begin() +
        random_.Below(static_cast<uint32_t>(pool_.bytes() / 16)) * size_t{16};
    const auto it = live_.find(at);
    ASSERT_EQ(pool_->UsableSize(at), it == live_.end() ? 0 : it->second.usable);
  }

  TestPool pool_;
  uint32_t size_bits_;
  Random random_;
  std::unique_ptr<TestHeap> heaps_[3];
  Live live_;
};

void RunModel(size_t pool_bytes, Content content, uint32_t size_bits,
              uint64_t steps, uint64_t check_every, uint64_t seed) {
  ModelRun run(pool_bytes, content, size_bits, seed);
  run.pool().CheckEvery(check_every);
  steps *= TestFactor();
  for (uint64_t step = 1; step <= steps; ++step) {
    run.Step();
    if (step % 1000 == 0) run.CheckPaint();
    if (testing::Test::HasFailure()) {
      FAIL() << pool_bytes << " bytes, step " << step << ", seed " << seed;
    }
  }
  run.End();
  if (testing::Test::HasFailure()) FAIL() << "at the end, seed " << seed;
  // Served enough to mean something, and was driven to exhaustion.
  EXPECT_GT(run.served_, steps / 20);
  EXPECT_GT(run.refused_, 0u);
  EXPECT_GT(run.moved_, 0u);
  EXPECT_GT(run.stayed_, 0u);
  EXPECT_GT(run.ended_, 0u);
}

TEST(ThreadHeapModelTest, SmallPoolsAgreeAfterEveryStep) {
  const uint64_t seed = TestSeed();
  for (const size_t bytes : {64 * kKiB, 100 * kKiB, 256 * kKiB}) {
    RunModel(bytes, Content::kUnknown, 15, 20'000, 1, seed + bytes);
    RunModel(bytes, Content::kZero, 11, 20'000, 1, seed + bytes + 1);
  }
}

TEST(ThreadHeapModelTest, MediumPoolsAgreeAfterEveryFewSteps) {
  const uint64_t seed = TestSeed();
  RunModel(kMiB, Content::kZero, 17, 50'000, 4, seed + 2);
  RunModel(4 * kMiB, Content::kUnknown, 18, 50'000, 16, seed + 3);
}

TEST(ThreadHeapModelTest, LargePoolAgrees) {
  const uint64_t seed = TestSeed();
  RunModel(16 * kMiB, Content::kZero, 20, 100'000, 64, seed + 4);
}

TEST(ThreadHeapModelTest, PoolOfManySmallBlocksAgrees) {
  const uint64_t seed = TestSeed();
  RunModel(64 * kKiB, Content::kUnknown, 8, 100'000, 64, seed + 5);
}

}  // namespace
}  // namespace cellblock
