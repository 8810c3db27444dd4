// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/freelist.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/allocator/freelist_fixture.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

// Three spans of ten units, ready for merging, with nothing behind them, or a
// used span that keeps them from the wilderness.
class FreelistMerge : public testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    ASSERT_EQ(list_->Allocate(3, 0), 0u);
    ASSERT_EQ(list_->Allocate(4, 0), 3u);
    ASSERT_EQ(list_->Allocate(3, 0), 7u);
    if (behind() != 0) {
      ASSERT_EQ(list_->Allocate(behind(), 0), 10u);
    }
  }

  uint32_t behind() const { return GetParam(); }

  // Before and after what is parked is merged.
  void ExpectLayout(std::string layout) {
    if (behind() != 0) layout += ", used " + std::to_string(behind());
    EXPECT_EQ(LayoutOf(*list_), layout);
    EXPECT_TRUE(IsValid(*list_));
    Settle(*list_);
    EXPECT_EQ(SpansOf(*list_), layout);
    EXPECT_TRUE(IsValid(*list_));
  }

  TestFreelist list_{10 + behind()};
};

INSTANTIATE_TEST_SUITE_P(Behind, FreelistMerge, testing::Values(0, 2),
                         [](const testing::TestParamInfo<uint32_t>& behind) {
                           return behind.param == 0 ? "Nothing" : "Used";
                         });

TEST(FreelistTest, WithoutUnitsRefusesEverything) {
  Freelist list;
  EXPECT_EQ(list.Allocate(1, 0), Freelist::kNoSpan);
  EXPECT_EQ(list.Free(0), AllocatorError::kNotOwned);
  EXPECT_FALSE(list.Trim(0, 1));
  EXPECT_FALSE(list.Extend(0, 1));
  EXPECT_FALSE(list.Divide(0, 1));
  EXPECT_EQ(list.AllocateAligned(1, 1, 0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list.Reuse(1), Freelist::kNoSpan);
  EXPECT_EQ(list.Allocate(0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list.Allocate(~0u, 0), Freelist::kNoSpan);
  EXPECT_EQ(list.SpanUnits(0), 0u);
  EXPECT_EQ(list.SpanOwner(0), 0u);
  EXPECT_EQ(list.SpanAt(0).kind, SpanKind::kNone);
  EXPECT_FALSE(list.IsPiece(0));
  EXPECT_EQ(list.free_units(), 0u);
  EXPECT_EQ(list.LargestFree(), 0u);
  EXPECT_TRUE(IsValid(list));
}

TEST(FreelistTest, TableIsEightBytesAUnitAndOneMoreAndListHeads) {
  EXPECT_EQ(Freelist::TableBytes(0), 0u);
  EXPECT_EQ(Freelist::TableBytes(1), 128u + 2 * 8);
  EXPECT_EQ(Freelist::TableBytes(31), 128u + 32 * 8);
  EXPECT_EQ(Freelist::TableBytes(32), 256u + 33 * 8);
  EXPECT_EQ(Freelist::TableBytes(64), 384u + 65 * 8);
  EXPECT_EQ(Freelist::TableBytes(Freelist::kMaxUnits),
            25u * 128 + (size_t{Freelist::kMaxUnits} + 1) * 8);
  EXPECT_EQ(Freelist::TableBytes(Freelist::kMaxUnits + 1), 0u);
}

TEST(FreelistTest, EveryTableSizeServesAllItsUnits) {
  for (uint32_t units = 1; units <= 300; ++units) {
    TestFreelist list(units);
    ASSERT_TRUE(IsValid(*list)) << units;
    ASSERT_EQ(list->LargestFree(), units);
    ASSERT_EQ(list->Allocate(units, 0), 0u) << units;
    ASSERT_TRUE(IsValid(*list)) << units;
    ASSERT_EQ(list->Allocate(1, 0), Freelist::kNoSpan);
    ASSERT_EQ(list->Free(0), kOk);
    for (uint32_t i = 0; i < units; ++i) {
      ASSERT_EQ(list->Allocate(1, 0), i);
    }
    ASSERT_EQ(list->Allocate(1, 0), Freelist::kNoSpan);
    ASSERT_EQ(list->free_units(), 0u);
    ASSERT_TRUE(IsValid(*list)) << units;
  }
}

TEST(FreelistTest, AttachToZeroedTableEqualsAttachToDirtyOne) {
  std::vector<uint64_t> table(Freelist::TableBytes(100) / 8, 0);
  Freelist zeroed;
  zeroed.Attach(table.data(), 100, Content::kZero);
  TestFreelist dirty(100);
  for (uint32_t units : {7u, 40u, 1u}) {
    EXPECT_EQ(zeroed.Allocate(units, 0), dirty->Allocate(units, 0));
  }
  EXPECT_EQ(LayoutOf(zeroed), LayoutOf(*dirty));
  EXPECT_TRUE(IsValid(zeroed));
}

TEST(FreelistTest, AttachAgainForgetsEverySpan) {
  TestFreelist list(50);
  ASSERT_EQ(list->Allocate(20, 0), 0u);
  list->Attach(list.table(), 50, Content::kUnknown);
  EXPECT_EQ(LayoutOf(*list), "free 50");
  EXPECT_EQ(list->high_water(), 0u);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistTest, RefusesZeroUnitsAndMoreThanThereAre) {
  TestFreelist list(10);
  EXPECT_EQ(list->Allocate(0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->Allocate(11, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->Allocate(~0u, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(0, 2, 0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(11, 2, 0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(~0u, 2, 0, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(1, 1u << 31, 1, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(10, 1u << 31, 0, 0), 0u);
}

TEST_P(FreelistMerge, SeedParity_Row26_FreeWithUsedNeighboursStaysAlone) {
  EXPECT_EQ(list_->Free(3), kOk);
  ExpectLayout("used 3, free 4, used 3");
}

TEST_P(FreelistMerge, SeedParity_Row26_FreeMergesTheLeftNeighbour) {
  EXPECT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->Free(3), kOk);
  ExpectLayout("free 7, used 3");
}

TEST_P(FreelistMerge, SeedParity_Row26_FreeMergesTheRightNeighbour) {
  EXPECT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->Free(3), kOk);
  ExpectLayout("used 3, free 7");
}

TEST_P(FreelistMerge, SeedParity_Row26_FreeMergesBothNeighbours) {
  EXPECT_EQ(list_->Free(7), kOk);
  EXPECT_EQ(list_->Free(0), kOk);
  EXPECT_EQ(list_->Free(3), kOk);
  ExpectLayout("free 10");
}

TEST_P(FreelistMerge, SeedParity_Row26_SingleUnitsMergeInEveryOrder) {
  ASSERT_TRUE(list_->Divide(0, 1));
  for (const std::vector<uint32_t>& order : std::vector<std::vector<uint32_t>>{
           {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    for (uint32_t i : order) {
      ASSERT_EQ(list_->Free(i), kOk);
      ASSERT_TRUE(IsValid(*list_));
    }
    ExpectLayout("free 3, used 4, used 3");
    for (uint32_t i = 0; i < 3; ++i) ASSERT_EQ(list_->Allocate(1, 0), i);
  }
}

TEST_P(FreelistMerge, FreeTellsStaleIndicesApart) {
  EXPECT_EQ(list_->Free(4), AllocatorError::kInteriorPointer);
  EXPECT_EQ(list_->Free(6), AllocatorError::kInteriorPointer);
  EXPECT_EQ(list_->Free(list_->units()), AllocatorError::kNotOwned);
  EXPECT_EQ(list_->Free(~0u), AllocatorError::kNotOwned);
  ASSERT_EQ(list_->Free(0), kOk);
  ASSERT_EQ(list_->Free(3), kOk);
  // All of what is now one free span: its head, its foot, the head of the
  // span that was merged into it, and what was never a head.
  for (uint32_t i = 0; i < 7; ++i) {
    EXPECT_EQ(list_->Free(i), AllocatorError::kDoubleFree) << i;
  }
  EXPECT_EQ(list_->Free(9), AllocatorError::kInteriorPointer);
  ExpectLayout("free 7, used 3");
}

TEST(FreelistTest, AlignmentIsOfIndexPlusPhase) {
  for (uint32_t align = 1; align <= 64; align *= 2) {
    for (uint32_t phase = 0; phase < align; ++phase) {
      TestFreelist list(200);
      ASSERT_EQ(list->Allocate(3, 0), 0u);
      const uint32_t index = list->AllocateAligned(5, align, phase, 0);
      ASSERT_NE(index, Freelist::kNoSpan);
      EXPECT_EQ((index + phase) % align, 0u);
      EXPECT_EQ(list->free_units(), 192u);
      EXPECT_TRUE(IsValid(*list));
      ASSERT_EQ(list->Free(index), kOk);
      Settle(*list);
      EXPECT_EQ(SpansOf(*list), "used 3, free 197");
    }
  }
}

TEST(FreelistTest, AlignedRequestFindsTheOneSpanThatFitsExactly) {
  TestFreelist list(64);
  ASSERT_EQ(list->Allocate(16, 0), 0u);
  ASSERT_EQ(list->Allocate(16, 0), 16u);
  ASSERT_EQ(list->Allocate(32, 0), 32u);
  ASSERT_EQ(list->Free(16), kOk);
  // 16 + 16 - 1 units would be sure to fit; there are only 16.
  EXPECT_EQ(list->AllocateAligned(16, 16, 1, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateAligned(16, 16, 0, 0), 16u);
}

TEST(FreelistTest, LengthsAboveThirtyOneAreFoundAgainExactly) {
  for (uint32_t units = 1; units <= 1000; ++units) {
    TestFreelist list(units + 1);
    ASSERT_EQ(list->Allocate(units, 0), 0u);
    ASSERT_EQ(list->Allocate(1, 0), units);
    ASSERT_EQ(list->Free(0), kOk);
    ASSERT_EQ(list->Allocate(units + 1, 0), Freelist::kNoSpan);
    ASSERT_EQ(list->Allocate(units, 0), 0u) << units;
  }
}

TEST(FreelistTest, AFreedSpanIsFoundAgainBeforeALongerOneIsSplit) {
  for (uint32_t units = 1; units <= 1000; ++units) {
    TestFreelist list(5000);
    ASSERT_EQ(list->Allocate(units, 0), 0u);
    ASSERT_EQ(list->Allocate(1, 0), units);
    ASSERT_EQ(list->Free(0), kOk);
    ASSERT_EQ(list->Allocate(units, 0), 0u) << units;
    ASSERT_EQ(list->Free(0), kOk);
    Settle(*list);
    ASSERT_EQ(list->Allocate(units, 0), 0u) << units;
    ASSERT_EQ(list->Free(0), kOk);
    const uint32_t aligned = list->AllocateAligned(units, 256, 0, 0);
    ASSERT_EQ(aligned, 0u) << units;
  }
}

TEST(FreelistTest, AFreedSpanIsFoundAgainBesideALongerOneInABin) {
  for (uint32_t units = 1; units <= 1000; ++units) {
    TestFreelist list(4000);
    ASSERT_EQ(list->Allocate(2 * units, 0), 0u);
    ASSERT_EQ(list->Allocate(1, 0), 2 * units);
    ASSERT_EQ(list->Allocate(units, 0), 2 * units + 1);
    ASSERT_EQ(list->Allocate(1, 0), 3 * units + 1);
    ASSERT_EQ(list->Free(2 * units + 1), kOk);
    ASSERT_EQ(list->Free(0), kOk);
    Settle(*list);
    ASSERT_EQ(list->Allocate(units, 0), 2 * units + 1) << units;
    ASSERT_TRUE(IsValid(*list));
  }
}

// What is left of it is not shorter by enough to change the bin.
TEST(FreelistTest, ASpanThatStaysInItsBinWhenCutStaysInItsList) {
  for (const bool is_alone : {false, true}) {
    TestFreelist list(4000);
    std::vector<uint32_t> spans;
    for (uint32_t units : {1000u, 1001u, 1002u}) {
      spans.push_back(list->Allocate(units, 0));
      ASSERT_NE(list->Allocate(1, 0), Freelist::kNoSpan);
    }
    ASSERT_EQ(list->Free(spans[1]), kOk);
    if (!is_alone) {
      ASSERT_EQ(list->Free(spans[0]), kOk);
    }
    ASSERT_EQ(list->Free(spans[2]), kOk);
    EXPECT_EQ(list->Allocate(2, 0), spans[2]);
    EXPECT_TRUE(IsValid(*list));
    EXPECT_EQ(list->Allocate(3, 0), spans[2] + 2);
    EXPECT_TRUE(IsValid(*list));
    EXPECT_EQ(list->Allocate(997, 0), spans[2] + 5);
    EXPECT_EQ(list->Allocate(1001, 0), spans[1]);
    EXPECT_TRUE(IsValid(*list));
  }
}

// What the contract says can be missed: 64 spans of one bin that are too
// short, looked at first, hide the 65th, which fits.
TEST(FreelistTest, GivesUpAfterLookingAtSixtyFourSpansOfTheBin) {
  constexpr uint32_t kShort = 1000;  // bin [992, 1008)
  constexpr uint32_t kLong = 1007;
  for (const uint32_t shorts : {Freelist::kLook - 1, Freelist::kLook}) {
    TestFreelist list((kShort + 1) * shorts + kLong + 1);
    ASSERT_EQ(list->Allocate(kLong, 0), 0u);
    ASSERT_EQ(list->Allocate(1, 0), kLong);
    std::vector<uint32_t> spans;
    for (uint32_t i = 0; i < shorts; ++i) {
      spans.push_back(list->Allocate(kShort, 0));
      ASSERT_NE(list->Allocate(1, 0), Freelist::kNoSpan);
    }
    ASSERT_EQ(list->Free(0), kOk);
    for (uint32_t span : spans) ASSERT_EQ(list->Free(span), kOk);
    Settle(*list);
    EXPECT_EQ(list->LargestFree(), shorts < Freelist::kLook ? kLong : kShort);
    EXPECT_EQ(list->Allocate(1005, 0),
              shorts < Freelist::kLook ? 0u : Freelist::kNoSpan);
    EXPECT_TRUE(IsValid(*list));
  }
}

TEST(FreelistTest, TrimGivesTheTailBackAndMergesIt) {
  TestFreelist list(10);
  ASSERT_EQ(list->Allocate(6, 0), 0u);
  EXPECT_TRUE(list->Trim(0, 6));
  EXPECT_TRUE(list->Trim(0, 2));
  EXPECT_EQ(LayoutOf(*list), "used 2, free 8");
  EXPECT_FALSE(list->Trim(0, 0));
  EXPECT_FALSE(list->Trim(0, 3));
  EXPECT_FALSE(list->Trim(1, 1));
  EXPECT_FALSE(list->Trim(2, 1));
  EXPECT_FALSE(list->Trim(10, 1));
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistTest, TrimBeforeAUsedSpanLeavesAHole) {
  TestFreelist list(10);
  ASSERT_EQ(list->Allocate(6, 0), 0u);
  ASSERT_EQ(list->Allocate(4, 0), 6u);
  EXPECT_TRUE(list->Trim(0, 5));
  EXPECT_EQ(LayoutOf(*list), "used 5, free 1, used 4");
  EXPECT_TRUE(IsValid(*list));
}

TEST_P(FreelistMerge, ExtendTakesFromTheFreeRightNeighbour) {
  ASSERT_EQ(list_->Free(3), kOk);
  EXPECT_TRUE(list_->Extend(0, 3));
  EXPECT_TRUE(list_->Extend(0, 4));
  ExpectLayout("used 4, free 3, used 3");
  EXPECT_FALSE(list_->Extend(0, 8));
  EXPECT_TRUE(list_->Extend(0, 6));
  ExpectLayout("used 6, free 1, used 3");
  EXPECT_TRUE(list_->Extend(0, 7));
  ExpectLayout("used 7, used 3");
  EXPECT_FALSE(list_->Extend(0, 8));
  EXPECT_FALSE(list_->Extend(7, 4));
  EXPECT_FALSE(list_->Extend(0, 6));
  EXPECT_FALSE(list_->Extend(1, 9));
  EXPECT_EQ(list_->Free(0), kOk);
  ExpectLayout("free 7, used 3");
}

TEST(FreelistTest, ExtendMovesTheHighWaterMark) {
  TestFreelist list(10);
  ASSERT_EQ(list->Allocate(2, 0), 0u);
  EXPECT_EQ(list->high_water(), 2u);
  ASSERT_TRUE(list->Extend(0, 7));
  EXPECT_EQ(list->high_water(), 7u);
  ASSERT_TRUE(list->Trim(0, 1));
  ASSERT_EQ(list->Free(0), kOk);
  EXPECT_EQ(list->high_water(), 7u);
}

TEST(FreelistTest, DivideMakesSpansOfTheirOwn) {
  TestFreelist list(12);
  ASSERT_EQ(list->Allocate(2, 0), 0u);
  ASSERT_EQ(list->Allocate(9, 0), 2u);
  EXPECT_FALSE(list->Divide(2, 0));
  EXPECT_FALSE(list->Divide(2, 2));
  EXPECT_FALSE(list->Divide(3, 1));
  EXPECT_TRUE(list->Divide(2, 3));
  EXPECT_EQ(LayoutOf(*list), "used 2, piece 3, piece 3, piece 3, free 1");
  EXPECT_TRUE(list->IsPiece(5));
  EXPECT_FALSE(list->IsPiece(0));
  EXPECT_FALSE(list->IsPiece(6));
  EXPECT_FALSE(list->IsPiece(11));
  EXPECT_FALSE(list->IsPiece(12));
  EXPECT_EQ(list->Free(5), kOk);
  EXPECT_EQ(list->Free(6), AllocatorError::kDoubleFree);
  EXPECT_EQ(LayoutOf(*list), "used 2, piece 3, free 3, piece 3, free 1");
  EXPECT_TRUE(list->Trim(8, 1));
  EXPECT_TRUE(list->Extend(2, 5));
  EXPECT_EQ(LayoutOf(*list), "used 2, piece 5, free 1, piece 1, free 3");
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistTest, LargestFreeIsExactForSmallSpans) {
  TestFreelist list(40);
  for (uint32_t i = 0; i < 4; ++i) {
    ASSERT_NE(list->Allocate(10, 0), Freelist::kNoSpan);
  }
  EXPECT_EQ(list->LargestFree(), 0u);
  EXPECT_TRUE(list->Trim(0, 7));
  EXPECT_EQ(list->LargestFree(), 3u);
  ASSERT_EQ(list->Free(20), kOk);
  EXPECT_EQ(list->LargestFree(), 10u);
  ASSERT_EQ(list->Free(10), kOk);
  EXPECT_EQ(list->LargestFree(), 23u);
}

}  // namespace
}  // namespace cellblock
