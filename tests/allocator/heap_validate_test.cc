// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The checker is checked: each figure and each account is made wrong, and
// Validate notices.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr Fill kAsIs = Fill::kUninitialized;
constexpr uint32_t kUnits = 64;

// Two parts, blocks of two owners and of none in each, and pieces.
class HeapValidate : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(heap_.Attach({.base = pool_,
                            .bytes = sizeof(pool_),
                            .table = table_,
                            .table_bytes = sizeof(table_),
                            .unit = 16,
                            .owners = owners_,
                            .owner_count = 2}),
              AllocatorError::kNone);
    ASSERT_EQ(heap_.Grow(&part_, {.base = more_,
                                  .bytes = sizeof(more_),
                                  .table = more_table_,
                                  .table_bytes = sizeof(more_table_)}),
              AllocatorError::kNone);
    std::vector<void*> blocks;
    for (size_t bytes : {100, 64, 64, 200, 300, 16, 100, 200, 100}) {
      for (OwnerId owner : {1, 2, 0}) {
        blocks.push_back(heap_.Allocate(bytes, 1, kAsIs, owner));
      }
    }
    for (size_t i : {1, 5, 6, 9, 10}) {
      ASSERT_EQ(heap_.Free(blocks[i]), AllocatorError::kNone);
    }
    ASSERT_NE(heap_.AllocateDivided(64, 16, kAsIs), nullptr);
    ASSERT_NE(owners_[0].in_use_bytes, owners_[1].in_use_bytes);
    ASSERT_NE(part_.spans.high_water(), 0u);
    ASSERT_TRUE(IsValid(heap_));
  }

  HeapStats& figures() { return const_cast<HeapStats&>(heap_.stats()); }

  // Noticed, whatever the word becomes but itself.
  void ExpectNoticed(uint64_t& word, const char* how) {
    const uint64_t before = word;
    std::vector<uint64_t> values = {0, ~uint64_t{0}, before + 16, before - 16};
    for (int bit = 0; bit < 64; ++bit) {
      values.push_back(before ^ uint64_t{1} << bit);
    }
    for (uint64_t value : values) {
      if (value == before) continue;
      word = value;
      EXPECT_STREQ(heap_.Validate().broken, how) << before << ", " << value;
    }
    word = before;
    EXPECT_TRUE(IsValid(heap_));
  }

  // The first tag of a part is behind the list heads and tag 0.
  static uint64_t* TagsOf(uint64_t* table) {
    return table + (Freelist::TableBytes(kUnits) / 8 - kUnits);
  }

  alignas(16) uint8_t pool_[kUnits * 16];
  alignas(16) uint8_t more_[kUnits * 16];
  uint64_t table_[128];
  uint64_t more_table_[128];
  OwnerStats owners_[2];
  HeapPart part_;
  Heap heap_;
};

TEST_F(HeapValidate, NoticesAWrongFigure) {
  const HeapStats before = figures();
  ExpectNoticed(figures().in_use_bytes,
                "the live blocks do not add up to the bytes in use");
  ExpectNoticed(figures().allocations,
                "allocations less frees are not the live blocks");
  ExpectNoticed(figures().frees,
                "allocations less frees are not the live blocks");
  ExpectNoticed(figures().high_water_bytes,
                "the peak or the high-water mark is too low");
  const char* const low = "the peak or the high-water mark is too low";
  figures().peak_bytes = before.in_use_bytes - 16;
  EXPECT_STREQ(heap_.Validate().broken, low);
  figures().peak_bytes = before.ever_bytes + 16;
  EXPECT_STREQ(heap_.Validate().broken, low);
  figures().peak_bytes = before.peak_bytes;
  figures().ever_bytes = before.peak_bytes - 16;
  EXPECT_STREQ(heap_.Validate().broken, low);
}

TEST_F(HeapValidate, NoticesAWrongAccount) {
  owners_[0].peak_bytes = owners_[1].peak_bytes = UINT64_MAX;
  for (OwnerStats& owner : owners_) {
    ExpectNoticed(owner.in_use_bytes,
                  "the owners' blocks do not add up to what they have in use");
  }
  owners_[1].peak_bytes = owners_[1].in_use_bytes - 16;
  EXPECT_STREQ(heap_.Validate().broken,
               "the peak or the high-water mark is too low");
}

// The sum is right.
TEST_F(HeapValidate, NoticesBytesChargedToAnotherOwner) {
  owners_[0].peak_bytes = owners_[1].peak_bytes = UINT64_MAX;
  for (uint64_t bytes = 16; bytes < owners_[0].in_use_bytes; bytes += 16) {
    owners_[0].in_use_bytes -= bytes;
    owners_[1].in_use_bytes += bytes;
    EXPECT_FALSE(heap_.Validate().ok()) << bytes;
    owners_[0].in_use_bytes += bytes;
    owners_[1].in_use_bytes -= bytes;
  }
  EXPECT_TRUE(IsValid(heap_));
}

// An owner is the upper half of a block's first tag.
TEST_F(HeapValidate, NoticesABlockOfAnotherOwner) {
  int blocks = 0;
  for (HeapPart* const part : {static_cast<HeapPart*>(nullptr), &part_}) {
    uint8_t* const base = part == nullptr ? pool_ : more_;
    uint64_t* const tags = TagsOf(part == nullptr ? table_ : more_table_);
    for (uint32_t unit = 0; unit < kUnits; ++unit) {
      if (heap_.UsableSize(base + unit * 16) == 0) continue;
      ++blocks;
      const uint64_t before = tags[unit];
      ASSERT_EQ(before >> 32, heap_.OwnerOf(base + unit * 16));
      for (uint64_t owner : {0u, 1u, 2u, 3u, ~0u}) {
        if (owner == before >> 32) continue;
        tags[unit] = static_cast<uint32_t>(before) | owner << 32;
        EXPECT_STREQ(
            heap_.Validate().broken,
            owner > 2
                ? "a block is charged to an owner that there is not"
                : "the owners' blocks do not add up to what they have in use");
        if (owner > 2) {
          EXPECT_EQ(heap_.Validate().offset, unit * 16u);
        }
        tags[unit] = before;
      }
    }
  }
  EXPECT_GT(blocks, 15);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(HeapValidate, NoticesABrokenTableOfEachPart) {
  for (uint64_t* const table : {table_, more_table_}) {
    uint64_t& tag = TagsOf(table)[0];
    const uint64_t before = tag;
    tag ^= uint64_t{1} << 30;
    EXPECT_FALSE(heap_.Validate().ok());
    tag = before;
  }
  EXPECT_TRUE(IsValid(heap_));
}

}  // namespace
}  // namespace cellblock
