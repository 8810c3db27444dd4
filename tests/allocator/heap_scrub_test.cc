// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What is given back with Scrub::kOnFree reads zero at once, and nothing else
// was written to.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPool = 4096;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

// A full pool: a block in the middle, and one on either side.
class HeapScrub : public testing::TestWithParam<Content> {
 protected:
  void SetUp() override {
    left_ = Take(1024);
    middle_ = Take(2048 - 16);
    right_ = Take(1024 + 16);
    std::memset(heap_.base(), 0xEE, kPool);
  }

  uint8_t* Take(size_t bytes) {
    return static_cast<uint8_t*>(heap_->Allocate(bytes, 1, kAsIs, 1));
  }

  TestHeap heap_{kPool, 16, GetParam(), 0, 1};
  uint8_t* left_ = nullptr;
  uint8_t* middle_ = nullptr;
  uint8_t* right_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(EveryContent, HeapScrub,
                         testing::Values(Content::kZero, Content::kUnknown),
                         [](const testing::TestParamInfo<Content>& content) {
                           return content.param == Content::kZero ? "Zero"
                                                                  : "Unknown";
                         });

TEST_P(HeapScrub, EveryByteIsZeroAtOnceAndTheNeighboursAreNotTouched) {
  ASSERT_EQ(heap_->Free(middle_, Scrub::kOnFree), kOk);
  EXPECT_TRUE(IsAll(left_, 0xEE, 1024));
  EXPECT_TRUE(IsAll(middle_, 0, 2032));
  EXPECT_TRUE(IsAll(right_, 0xEE, 1040));
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_P(HeapScrub, NothingIsWrittenWithoutIt) {
  for (uint8_t* block : {left_, right_, middle_}) {
    ASSERT_EQ(heap_->Free(block), kOk);
  }
  EXPECT_TRUE(IsAll(heap_.base(), 0xEE, kPool));
}

TEST_P(HeapScrub, WhatIsNotFreedIsNotTouched) {
  ASSERT_EQ(heap_->Free(left_, Scrub::kOnFree), kOk);
  std::memset(heap_.base(), 0xEE, kPool);
  for (uint8_t* block :
       {left_, left_ + 16, middle_ + 1, middle_ + 16, right_ + 1024}) {
    EXPECT_NE(heap_->Free(block, Scrub::kOnFree), kOk);
  }
  EXPECT_TRUE(IsAll(heap_.base(), 0xEE, kPool));
}

TEST_P(HeapScrub, WhatAResizeGivesBackIsScrubbed) {
  ASSERT_TRUE(heap_->ResizeInPlace(middle_, 100, Scrub::kOnFree));
  EXPECT_TRUE(IsAll(middle_, 0xEE, 112));
  EXPECT_TRUE(IsAll(middle_ + 112, 0, 2032 - 112));
  EXPECT_TRUE(IsAll(right_, 0xEE, 1040));
  EXPECT_TRUE(IsAll(left_, 0xEE, 1024));
  // Grown, refused and unchanged blocks lose nothing.
  std::memset(heap_.base(), 0xEE, kPool);
  EXPECT_TRUE(heap_->ResizeInPlace(middle_, 500, Scrub::kOnFree));
  EXPECT_TRUE(heap_->ResizeInPlace(middle_, 512, Scrub::kOnFree));
  EXPECT_FALSE(heap_->ResizeInPlace(middle_, 3000, Scrub::kOnFree));
  EXPECT_FALSE(heap_->ResizeInPlace(middle_ + 16, 16, Scrub::kOnFree));
  EXPECT_TRUE(IsAll(heap_.base(), 0xEE, kPool));
  EXPECT_TRUE(heap_->ResizeInPlace(middle_, 16));
  EXPECT_TRUE(IsAll(heap_.base(), 0xEE, kPool));
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_P(HeapScrub, SoIsWhatBelongsToNobody) {
  ASSERT_EQ(heap_->Free(middle_), kOk);
  ASSERT_EQ(heap_->Allocate(2032, 1, kAsIs), middle_);
  ASSERT_EQ(heap_->OwnerOf(middle_), kNoOwner);
  ASSERT_EQ(heap_->Free(middle_, Scrub::kOnFree), kOk);
  EXPECT_TRUE(IsAll(left_, 0xEE, 1024));
  EXPECT_TRUE(IsAll(middle_, 0, 2032));
  EXPECT_TRUE(IsAll(right_, 0xEE, 1040));
}

TEST_P(HeapScrub, SoIsEachPieceAlone) {
  ASSERT_EQ(heap_->Free(middle_), kOk);
  uint8_t* const pieces =
      static_cast<uint8_t*>(heap_->AllocateDivided(3 * 64, 64, kAsIs));
  ASSERT_NE(pieces, nullptr);
  ASSERT_EQ(heap_->Free(pieces + 64, Scrub::kOnFree), kOk);
  EXPECT_TRUE(IsAll(pieces, 0xEE, 64));
  EXPECT_TRUE(IsAll(pieces + 64, 0, 64));
  EXPECT_TRUE(IsAll(pieces + 128, 0xEE, 64));
  EXPECT_TRUE(IsAll(left_, 0xEE, 1024));
  EXPECT_TRUE(IsAll(right_, 0xEE, 1040));
}

TEST_P(HeapScrub, SoIsABlockOfAFurtherPart) {
  alignas(16) uint8_t more[256];
  uint64_t table[64];
  HeapPart part;
  ASSERT_EQ(heap_->Grow(&part, {.base = more,
                                .bytes = sizeof(more),
                                .table = table,
                                .table_bytes = sizeof(table)}),
            kOk);
  uint8_t* const block = Take(100);
  ASSERT_EQ(block, more);
  std::memset(more, 0xEE, sizeof(more));
  ASSERT_EQ(heap_->Free(block, Scrub::kOnFree), kOk);
  EXPECT_TRUE(IsAll(more, 0, 112));
  EXPECT_TRUE(IsAll(more + 112, 0xEE, sizeof(more) - 112));
  EXPECT_TRUE(IsAll(heap_.base(), 0xEE, kPool));
}

// All that is not in use is zero, at every step.
TEST(HeapScrubTest, NothingOfAFreedBlockStaysReadable) {
  TestHeap heap(kPool, 16, Content::kZero);
  Random random(TestSeed());
  std::vector<std::pair<uint8_t*, uint8_t>> live;
  uint8_t color = 0;
  for (int step = 0; step < 5'000; ++step) {
    const uint32_t choice = random.Below(8);
    if (choice < 4 || live.empty()) {
      void* const block = heap->Allocate(random.Below(500),
                                         size_t{1} << random.Below(8), kAsIs);
      if (block == nullptr) continue;
      ASSERT_TRUE(IsAll(block, 0, heap->UsableSize(block))) << "step " << step;
      color = color == 255 ? 1 : color + 1;
      live.emplace_back(static_cast<uint8_t*>(block), color);
    } else {
      std::swap(live[random.Below(static_cast<uint32_t>(live.size()))],
                live.back());
      uint8_t* const block = live.back().first;
      ASSERT_TRUE(IsAll(block, live.back().second, heap->UsableSize(block)));
      if (choice < 6) {
        ASSERT_EQ(heap->Free(block, Scrub::kOnFree), kOk);
        live.pop_back();
      } else {
        (void)heap->ResizeInPlace(block, random.Below(500), Scrub::kOnFree);
      }
    }
    ASSERT_TRUE(IsValid(*heap));
    size_t in_use = 0;
    for (const auto& [block, paint] : live) {
      std::memset(block, paint, heap->UsableSize(block));
      in_use += heap->UsableSize(block);
    }
    size_t painted = 0;
    for (size_t i = 0; i < kPool; ++i) painted += heap.base()[i] != 0;
    ASSERT_EQ(painted, in_use) << "step " << step;
  }
}

}  // namespace
}  // namespace cellblock
