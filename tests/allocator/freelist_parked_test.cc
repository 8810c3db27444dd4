// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The span freed last: who gets it back, when it is merged, and that until
// then it is free in all that can be asked. And whose a span is.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

// used 3 of owner 7, used 4, used 3, used 2 of owner 9, free 8.
class FreelistParked : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(list_->Allocate(3, 7), 0u);
    ASSERT_EQ(list_->Allocate(4, 0), 3u);
    ASSERT_EQ(list_->Allocate(3, 0), 7u);
    ASSERT_EQ(list_->Allocate(2, 9), 10u);
  }

  void ExpectSpans(const char* spans) {
    EXPECT_EQ(SpansOf(*list_), spans);
    EXPECT_TRUE(IsValid(*list_));
  }

  TestFreelist list_{20};
};

TEST_F(FreelistParked, StaysUnmergedUntilTheNextFree) {
  ASSERT_EQ(list_->Free(0), kOk);
  ExpectSpans("free 3, used 4, used 3, used 2, free 8");
  ASSERT_EQ(list_->Free(3), kOk);
  ExpectSpans("free 3, free 4, used 3, used 2, free 8");
  ASSERT_EQ(list_->Free(10), kOk);
  ExpectSpans("free 7, used 3, free 2, free 8");
  ASSERT_EQ(list_->Free(7), kOk);
  ExpectSpans("free 7, free 3, free 10");
  Settle(*list_);
  ExpectSpans("free 20");
}

TEST_F(FreelistParked, GoesToWhoAsksForJustAsMuchWhateverElseFits) {
  ASSERT_EQ(list_->Free(0), kOk);
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->Allocate(3, 0), 7u);
  EXPECT_EQ(list_->Allocate(3, 0), 0u);
  ExpectSpans("used 3, used 4, used 3, used 2, free 8");
  EXPECT_EQ(list_->free_units(), 8u);
}

TEST_F(FreelistParked, IsMergedForWhoAsksForAnotherLength) {
  ASSERT_EQ(list_->Free(0), kOk);
  ASSERT_EQ(list_->Free(3), kOk);
  EXPECT_EQ(list_->Allocate(7, 0), 0u);
  ExpectSpans("used 7, used 3, used 2, free 8");
  ASSERT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->Allocate(2, 0), 0u);
  ExpectSpans("used 2, free 5, used 3, used 2, free 8");
}

TEST_F(FreelistParked, IsMergedByARefusal) {
  ASSERT_EQ(list_->Free(10), kOk);
  EXPECT_EQ(list_->Allocate(11, 0), Freelist::kNoSpan);
  ExpectSpans("used 3, used 4, used 3, free 10");
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->AllocateAligned(1, 1u << 31, 1, 0), Freelist::kNoSpan);
  ExpectSpans("used 3, used 4, free 13");
}

TEST_F(FreelistParked, IsMergedByAnAlignedRequest) {
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->AllocateAligned(3, 8, 1, 0), 7u);
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->AllocateAligned(2, 8, 0, 0), 8u);
  ExpectSpans("used 3, used 4, free 1, used 2, used 2, free 8");
}

TEST_F(FreelistParked, IsMergedByATrimOrAGrowthButNotIfNothingChanges) {
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_TRUE(list_->Trim(3, 4));
  EXPECT_TRUE(list_->Extend(3, 4));
  EXPECT_FALSE(list_->Trim(3, 5));
  EXPECT_FALSE(list_->Extend(3, 3));
  EXPECT_TRUE(list_->Divide(3, 2));
  EXPECT_EQ(list_->Allocate(3, 0), 7u);
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_TRUE(list_->Trim(5, 1));
  ExpectSpans("used 3, piece 2, piece 1, free 4, used 2, free 8");
  ASSERT_EQ(list_->Free(3), kOk);
  EXPECT_TRUE(list_->Extend(5, 4));
  ExpectSpans("used 3, free 2, piece 4, free 1, used 2, free 8");
}

TEST_F(FreelistParked, IsGrownInto) {
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_TRUE(list_->Extend(3, 7));
  ExpectSpans("used 3, used 7, used 2, free 8");
  ASSERT_EQ(list_->Free(10), kOk);
  EXPECT_TRUE(list_->Extend(3, 17));
  ExpectSpans("used 3, used 17");
  EXPECT_EQ(list_->free_units(), 0u);
}

TEST_F(FreelistParked, IsFreeInAllThatCanBeAsked) {
  ASSERT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->free_units(), 11u);
  EXPECT_EQ(list_->SpanUnits(0), 0u);
  EXPECT_EQ(list_->SpanOwner(0), 0u);
  EXPECT_FALSE(list_->IsPiece(0));
  EXPECT_FALSE(list_->Trim(0, 1));
  EXPECT_FALSE(list_->Extend(0, 3));
  EXPECT_FALSE(list_->Divide(0, 1));
  for (uint32_t at : {0u, 1u, 2u}) {
    EXPECT_EQ(list_->Free(at), AllocatorError::kDoubleFree);
    EXPECT_EQ(list_->WhyNotLive(at), AllocatorError::kDoubleFree);
  }
  EXPECT_EQ(list_->Validate().used_spans, 3u);
  EXPECT_EQ(list_->Validate().used_units, 9u);
  ExpectSpans("free 3, used 4, used 3, used 2, free 8");
}

TEST_F(FreelistParked, APieceIsOneToo) {
  ASSERT_TRUE(list_->Divide(3, 2));
  ASSERT_EQ(list_->Free(5), kOk);
  EXPECT_FALSE(list_->IsPiece(5));
  ExpectSpans("used 3, piece 2, free 2, used 3, used 2, free 8");
  EXPECT_EQ(list_->Allocate(2, 5), 5u);
  EXPECT_FALSE(list_->IsPiece(5));
  EXPECT_EQ(list_->SpanOwner(5), 5u);
  ExpectSpans("used 3, piece 2, used 2, used 3, used 2, free 8");
}

// With each kind of neighbour on either side.
TEST(FreelistParkedTest, LargestFreeCountsWhatItWillBeMergedWith) {
  for (const uint32_t left : {0u, 1u, 5u}) {
    for (const uint32_t right : {0u, 1u, 5u, 9u}) {
      TestFreelist list(40);
      ASSERT_EQ(list->Allocate(1, 0), 0u);
      if (left != 0) {
        ASSERT_EQ(list->Allocate(left, 0), 1u);
      }
      const uint32_t middle = list->Allocate(10, 0);
      uint32_t expected = left + 10 + right;
      const uint32_t behind = right == 0 ? 0 : list->Allocate(right, 0);
      if (right != 9) {  // 9: the wilderness follows
        ASSERT_NE(list->Allocate(30 - 1 - left - right, 0), Freelist::kNoSpan);
      } else {
        expected = 40 - 1;
      }
      if (left != 0) {
        ASSERT_EQ(list->Free(1), kOk);
      }
      if (right != 0) {
        ASSERT_EQ(list->Free(behind), kOk);
      }
      ASSERT_EQ(list->Free(middle), kOk);
      EXPECT_EQ(list->LargestFree(), expected) << left << " and " << right;
      EXPECT_TRUE(IsValid(*list));
      Settle(*list);
      EXPECT_EQ(list->LargestFree(), expected) << left << " and " << right;
      EXPECT_TRUE(IsValid(*list));
    }
  }
}

TEST(FreelistParkedTest, LargestFreeMayBeLongerElsewhere) {
  TestFreelist list(60);
  for (uint32_t at : {0u, 20u, 40u}) ASSERT_EQ(list->Allocate(20, 0), at);
  ASSERT_TRUE(list->Trim(0, 3));
  ASSERT_TRUE(list->Trim(40, 2));
  ASSERT_TRUE(list->Divide(20, 10));
  ASSERT_EQ(list->Free(30), kOk);
  EXPECT_EQ(SpansOf(*list),
            "used 3, free 17, piece 10, free 10, used 2, free 18");
  EXPECT_EQ(list->LargestFree(), 18u);
  ASSERT_TRUE(list->Extend(40, 20));
  EXPECT_EQ(list->LargestFree(), 17u);
  EXPECT_TRUE(IsValid(*list));
}

TEST_F(FreelistParked, ReuseTakesOnlyIt) {
  EXPECT_EQ(list_->Reuse(8), Freelist::kNoSpan);
  ASSERT_EQ(list_->Free(3), kOk);
  ASSERT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->Reuse(4), Freelist::kNoSpan);
  EXPECT_EQ(list_->Reuse(0), Freelist::kNoSpan);
  EXPECT_EQ(list_->Reuse(Freelist::kMaxUnits), Freelist::kNoSpan);
  EXPECT_EQ(list_->Reuse(Freelist::kNoSpan), Freelist::kNoSpan);
  ExpectSpans("used 3, free 4, free 3, used 2, free 8");
  EXPECT_EQ(list_->Reuse(3), 7u);
  EXPECT_EQ(list_->Reuse(3), Freelist::kNoSpan);
  EXPECT_EQ(list_->free_units(), 12u);
  ExpectSpans("used 3, free 4, used 3, used 2, free 8");
}

TEST_F(FreelistParked, ReuseLeavesWhatAnOwnerHad) {
  ASSERT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->Reuse(3), Freelist::kNoSpan);
  EXPECT_EQ(list_->Allocate(3, 0), 0u);
  EXPECT_EQ(list_->SpanOwner(0), 0u);
  ASSERT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->Reuse(3), 0u);
  ExpectSpans("used 3, used 4, used 3, used 2, free 8");
}

TEST_F(FreelistParked, FreeUnownedFreesOnlyWhatNobodyOwns) {
  EXPECT_EQ(list_->FreeUnowned(0), 0u);
  EXPECT_EQ(list_->FreeUnowned(10), 0u);
  for (uint32_t at : {1u, 2u, 4u, 6u, 11u, 12u, 19u}) {
    EXPECT_EQ(list_->FreeUnowned(at), 0u) << at;
  }
  ExpectSpans("used 3, used 4, used 3, used 2, free 8");
  EXPECT_EQ(list_->FreeUnowned(3), 4u);
  EXPECT_EQ(list_->FreeUnowned(3), 0u);
  ASSERT_TRUE(list_->Divide(7, 1));
  EXPECT_EQ(list_->FreeUnowned(8), 1u);
  ExpectSpans("used 3, free 4, piece 1, free 1, piece 1, used 2, free 8");
  EXPECT_EQ(list_->FreeUnowned(7), 1u);
  ExpectSpans("used 3, free 4, free 1, free 1, piece 1, used 2, free 8");
  // A head, a foot and a single unit in a bin, merged and not.
  for (uint32_t at : {3u, 4u, 6u, 7u, 8u}) {
    EXPECT_EQ(list_->FreeUnowned(at), 0u) << at;
  }
  Settle(*list_);
  ExpectSpans("used 3, free 6, piece 1, used 2, free 8");
  for (uint32_t at : {3u, 4u, 6u, 7u, 8u}) {
    EXPECT_EQ(list_->FreeUnowned(at), 0u) << at;
  }
}

TEST_F(FreelistParked, OwnersAreKeptWithTheSpan) {
  EXPECT_EQ(list_->SpanOwner(0), 7u);
  EXPECT_EQ(list_->SpanOwner(3), 0u);
  EXPECT_EQ(list_->SpanOwner(10), 9u);
  for (uint32_t at : {1u, 11u, 12u, 20u, ~0u}) {
    EXPECT_EQ(list_->SpanOwner(at), 0u) << at;
  }
  ASSERT_TRUE(list_->Trim(10, 1));
  EXPECT_EQ(list_->SpanOwner(10), 9u);
  ASSERT_TRUE(list_->Extend(10, 5));
  EXPECT_EQ(list_->SpanOwner(10), 9u);
  ASSERT_EQ(list_->Free(0), kOk);
  ASSERT_EQ(list_->Free(3), kOk);
  EXPECT_EQ(list_->AllocateAligned(5, 2, 0, ~0u), 0u);
  EXPECT_EQ(list_->SpanOwner(0), ~0u);
  EXPECT_EQ(list_->SpanOwner(10), 9u);
  ExpectSpans("used 5, free 2, used 3, used 5, free 5");
}

TEST_F(FreelistParked, PiecesAreNobodys) {
  ASSERT_TRUE(list_->Divide(10, 1));
  EXPECT_EQ(list_->SpanOwner(10), 0u);
  EXPECT_EQ(list_->SpanOwner(11), 0u);
  EXPECT_EQ(list_->FreeUnowned(10), 1u);
}

}  // namespace
}  // namespace cellblock
