// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Each rule of the ancestor's discipline, by itself. Blocks and slots are
// written as address+units, so every test shows the whole state.
#include "allocator/first_fit.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/allocator/first_fit_fixture.h"

namespace cellblock {
namespace {

// Asserts what an allocation gives and the slots that it leaves.
void ExpectAllocation(TestFirstFit& list, size_t units, const char* block,
                      const char* slots) {
  EXPECT_EQ(Text(list->Allocate(units)), block);
  EXPECT_EQ(SlotsOf(*list), slots);
  EXPECT_TRUE(IsValid(*list));
}

// Asserts what a free loses, and the slots and the cursor that it leaves.
void ExpectFree(TestFirstFit& list, SlotBlock block, size_t lost,
                const char* slots, size_t cursor = 0) {
  EXPECT_EQ(list->Free(block), lost);
  EXPECT_EQ(SlotsOf(*list), slots);
  EXPECT_EQ(list->cursor(), cursor);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FirstFitTest, WithoutSlotsRefusesEverythingAndLosesEverything) {
  FirstFit list;
  EXPECT_EQ(Text(list.Allocate(1)), "none");
  EXPECT_EQ(list.Free({100, 7}), 7u);
  EXPECT_EQ(list.Free({100, 7}), 7u);
  EXPECT_EQ(list.slots(), 0u);
  EXPECT_EQ(list.start(), 0u);
  EXPECT_EQ(list.cursor(), 0u);
  EXPECT_EQ(list.FreeUnits(), 0u);
  EXPECT_EQ(list.LargestFree(), 0u);
  EXPECT_TRUE(IsValid(list));
}

TEST(FirstFitTest, SeedParity_Row24_TableIsSixteenBytesASlot) {
  EXPECT_EQ(FirstFit::TableBytes(0), 0u);
  EXPECT_EQ(FirstFit::TableBytes(1), 16u);
  EXPECT_EQ(FirstFit::TableBytes(4096), 65'536u);
  EXPECT_EQ(FirstFit::TableBytes(SIZE_MAX / 16), SIZE_MAX - 15);
  EXPECT_EQ(FirstFit::TableBytes(SIZE_MAX / 16 + 1), 0u);
  EXPECT_EQ(FirstFit::TableBytes(SIZE_MAX), 0u);
}

TEST(FirstFitTest, SeedParity_Row24_BlocksFollowEachOtherWithoutAGap) {
  TestFirstFit list(4, {{1000, 100}});
  EXPECT_EQ(Text(list->Allocate(1)), "1000+1");
  EXPECT_EQ(Text(list->Allocate(40)), "1001+40");
  EXPECT_EQ(Text(list->Allocate(2)), "1041+2");
  EXPECT_EQ(Text(list->Allocate(57)), "1043+57");
  EXPECT_EQ(Text(list->Allocate(1)), "none");
}

// As many blocks as there are slots, and no more.
TEST(FirstFitTest, SeedParity_Row07_RemembersAsManyBlocksAsItHasSlots) {
  for (size_t slots : {1, 2, 3, 4, 7, 64, 512, 4096}) {
    TestFirstFit list(slots);
    EXPECT_EQ(list->slots(), slots);
    for (size_t i = 0; i < slots; ++i) {
      ASSERT_EQ(list->start(), slots - i);
      ASSERT_EQ(list->Free({1000 + i, 1}), 0u);
    }
    EXPECT_EQ(list->start(), 0u);
    EXPECT_EQ(list->FreeUnits(), slots);
    EXPECT_EQ(list->Free({1000 + slots, 1}), 1u);
    EXPECT_EQ(list->FreeUnits(), slots);
    EXPECT_TRUE(IsValid(*list));
  }
}

TEST(FirstFitTest, AttachEmptiesADirtyTable) {
  TestFirstFit list(3);
  EXPECT_EQ(SlotsOf(*list), "none, none, none");
  EXPECT_EQ(list->start(), 3u);
  EXPECT_EQ(list->cursor(), 0u);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FirstFitTest, AttachAgainStartsOver) {
  TestFirstFit list(2, {{100, 4}, {200, 4}});
  EXPECT_EQ(list->Free({300, 5}), 4u);
  ASSERT_NE(list->cursor(), 0u);
  list->Attach(list.table(), 2, 1);
  EXPECT_EQ(SlotsOf(*list), "none, none");
  EXPECT_EQ(list->start(), 2u);
  EXPECT_EQ(list->cursor(), 0u);
  EXPECT_EQ(list->FreeUnits(), 0u);
}

TEST(FirstFitTest, ThePoolLandsInTheLastSlot) {
  TestFirstFit list(4);
  ExpectFree(list, {1000, 100}, 0, "none, none, none, 1000+100");
  EXPECT_EQ(list->start(), 3u);
}

TEST(FirstFitTest, NoUnitsAreNoBlock) {
  TestFirstFit list(3, {{100, 5}, {0, 50}});
  ExpectAllocation(list, 0, "none", "none, 100+5, 0+50");
  ExpectFree(list, {700, 0}, 0, "none, 100+5, 0+50");
  EXPECT_EQ(list->Free(list->Allocate(0)), 0u);
  EXPECT_EQ(list->start(), 1u);
}

TEST(FirstFitTest, NoUnitsAreNoBlockForFullSlotsEither) {
  TestFirstFit list(2, {{100, 5}, {0, 50}});
  ExpectFree(list, {700, 0}, 0, "100+5, 0+50");
}

TEST(FirstFitTest, SeedParity_Row11_FreesFromTheLastSlotDown) {
  TestFirstFit list(4, {{0, 100}});
  ExpectFree(list, {500, 7}, 0, "none, none, 500+7, 0+100");
  ExpectFree(list, {600, 9}, 0, "none, 600+9, 500+7, 0+100");
  ExpectFree(list, {700, 8}, 0, "700+8, 600+9, 500+7, 0+100");
}

TEST(FirstFitTest, SeedParity_Row11_TheNewestOfSeveralThatFit) {
  TestFirstFit list(4, {{700, 8}, {600, 8}, {500, 8}, {0, 100}});
  ExpectAllocation(list, 8, "700+8", "none, 600+8, 500+8, 0+100");
}

TEST(FirstFitTest, SeedParity_Row11_TheFirstThatIsLongEnough) {
  TestFirstFit list(4, {{700, 8}, {600, 90}, {500, 11}, {0, 100}});
  ExpectAllocation(list, 9, "600+9", "700+8, 609+81, 500+11, 0+100");
}

TEST(FirstFitTest, SeedParity_Row11_NotTheOneThatFitsBest) {
  TestFirstFit list(3, {{600, 70}, {500, 9}, {0, 100}});
  ExpectAllocation(list, 9, "600+9", "609+61, 500+9, 0+100");
}

TEST(FirstFitTest, SeedParity_Row11_TheWildernessLast) {
  TestFirstFit list(3, {{600, 7}, {500, 8}, {0, 100}});
  ExpectAllocation(list, 9, "0+9", "600+7, 500+8, 9+91");
}

TEST(FirstFitTest, SeedParity_Row12_AnExactFitRemovesTheSlot) {
  TestFirstFit list(4, {{600, 40}, {0, 100}});
  ExpectAllocation(list, 40, "600+40", "none, none, none, 0+100");
  EXPECT_EQ(list->start(), 3u);
}

TEST(FirstFitTest, SeedParity_Row12_AnExactFitRemovesTheLastSlotToo) {
  TestFirstFit list(2, {{0, 100}});
  ExpectAllocation(list, 100, "0+100", "none, none");
  EXPECT_EQ(list->start(), 2u);
  ExpectAllocation(list, 1, "none", "none, none");
}

TEST(FirstFitTest, SeedParity_Row12_ASplitKeepsTheTailInItsSlot) {
  TestFirstFit list(4, {{700, 5}, {600, 80}, {0, 100}});
  ExpectAllocation(list, 10, "600+10", "none, 700+5, 610+70, 0+100");
  ExpectAllocation(list, 30, "610+30", "none, 700+5, 640+40, 0+100");
  EXPECT_EQ(list->start(), 1u);
}

TEST(FirstFitTest, SeedParity_Row12_ASplitMovesTheTailByBytes) {
  TestFirstFit list(2, 24);
  EXPECT_EQ(list->Free({4800, 200}), 0u);
  ExpectAllocation(list, 10, "4800+10", "none, 5040+190");
  ExpectAllocation(list, 1, "5040+1", "none, 5064+189");
}

TEST(FirstFitTest, SeedParity_Row13_ThirtyOneTooLongIsHandedOverWhole) {
  TestFirstFit list(3, {{600, 41}, {0, 100}});
  ExpectAllocation(list, 10, "600+41", "none, none, 0+100");
}

TEST(FirstFitTest, SeedParity_Row13_ThirtyTwoTooLongIsSplit) {
  TestFirstFit list(3, {{600, 42}, {0, 100}});
  ExpectAllocation(list, 10, "600+10", "none, 610+32, 0+100");
}

TEST(FirstFitTest, SeedParity_Row13_ANearFitNeedNotBeTheNewest) {
  TestFirstFit list(4, {{700, 9}, {600, 41}, {0, 100}});
  ExpectAllocation(list, 10, "600+41", "none, none, 700+9, 0+100");
}

TEST(FirstFitTest, SeedParity_Row13_TheLastSlotIsSplitHoweverNear) {
  for (size_t slots : {1, 3}) {
    TestFirstFit list(slots, {{0, 11}});
    EXPECT_EQ(Text(list->Allocate(10)), "0+10");
    EXPECT_EQ(Text(list->SlotAt(slots - 1)), "10+1");
    EXPECT_EQ(Text(list->Allocate(1)), "10+1");
    EXPECT_EQ(list->start(), slots);
  }
}

TEST(FirstFitTest, TheBlockOfTheFirstSlotMovesIntoTheHole) {
  TestFirstFit list(4, {{700, 5}, {600, 6}, {500, 40}, {0, 100}});
  ExpectAllocation(list, 40, "500+40", "none, 600+6, 700+5, 0+100");
  EXPECT_EQ(list->start(), 1u);
}

TEST(FirstFitTest, TheBlockOfTheFirstSlotMovesIntoTheLast) {
  TestFirstFit list(3, {{700, 5}, {600, 6}, {0, 100}});
  ExpectAllocation(list, 100, "0+100", "none, 600+6, 700+5");
  // It is what the last slot has now: split, however near.
  ExpectAllocation(list, 4, "600+6", "none, none, 700+5");
  ExpectAllocation(list, 4, "700+4", "none, none, 704+1");
}

TEST(FirstFitTest, SeedParity_Row16_WhatDoesNotFitIsRefusedAtOnce) {
  TestFirstFit list(3, {{700, 5}, {0, 100}});
  ExpectAllocation(list, 101, "none", "none, 700+5, 0+100");
  ExpectAllocation(list, SIZE_MAX, "none", "none, 700+5, 0+100");
}

// How much too long a block is does not wrap for lengths near the top.
TEST(FirstFitTest, ImpossibleLengthsAreRefusedNotWrapped) {
  for (size_t units : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 30, SIZE_MAX - 31,
                       SIZE_MAX - 32, SIZE_MAX / 2}) {
    for (size_t newest = 1; newest < 70; ++newest) {
      TestFirstFit list(2, {{500, newest}, {0, 100}});
      ASSERT_EQ(Text(list->Allocate(units)), "none") << newest;
    }
  }
}

TEST(FirstFitTest, SeedParity_Row14_TheFirstProbeHits) {
  TestFirstFit list(4, {{700, 8}, {600, 4}, {500, 8}, {0, 100}});
  ExpectFree(list, {800, 5}, 4, "700+8, 800+5, 500+8, 0+100", 1);
}

TEST(FirstFitTest, SeedParity_Row14_TheSecondProbeHits) {
  TestFirstFit list(4, {{700, 8}, {600, 5}, {500, 4}, {0, 100}});
  ExpectFree(list, {800, 5}, 4, "700+8, 600+5, 800+5, 0+100", 2);
}

TEST(FirstFitTest, SeedParity_Row14_TheThirdProbeHits) {
  TestFirstFit list(4, {{700, 1}, {600, 9}, {500, 8}, {0, 100}});
  ExpectFree(list, {800, 101}, 9, "700+1, 800+101, 500+8, 0+100", 1);
  ExpectFree(list, {300, 7}, 1, "300+7, 800+101, 500+8, 0+100", 0);
}

TEST(FirstFitTest, SeedParity_Row14_AFourthProbeIsNotMade) {
  TestFirstFit list(5, {{700, 1}, {600, 9}, {500, 8}, {400, 8}, {0, 100}});
  ExpectFree(list, {800, 7}, 7, "700+1, 600+9, 500+8, 400+8, 0+100", 3);
}

TEST(FirstFitTest, SeedParity_Row14_ABlockOfTheSameLengthStays) {
  TestFirstFit list(3, {{700, 5}, {600, 5}, {500, 5}});
  ExpectFree(list, {800, 5}, 5, "700+5, 600+5, 500+5", 0);
}

TEST(FirstFitTest, SeedParity_Row14_TheCursorGoesRound) {
  TestFirstFit list(3, {{700, 1}, {600, 1}, {500, 1}});
  ExpectFree(list, {10, 2}, 1, "700+1, 10+2, 500+1", 1);
  ExpectFree(list, {20, 2}, 1, "700+1, 10+2, 20+2", 2);
  ExpectFree(list, {30, 2}, 1, "30+2, 10+2, 20+2", 0);
  ExpectFree(list, {40, 3}, 2, "30+2, 40+3, 20+2", 1);
  ExpectFree(list, {50, 2}, 2, "30+2, 40+3, 20+2", 1);
}

TEST(FirstFitTest, SeedParity_Row14_TheCursorStaysWhereItIsBetweenOverflows) {
  TestFirstFit list(3, {{700, 1}, {600, 1}, {500, 1}});
  ExpectFree(list, {10, 2}, 1, "700+1, 10+2, 500+1", 1);
  ExpectAllocation(list, 1, "700+1", "none, 10+2, 500+1");
  ExpectFree(list, {20, 1}, 0, "20+1, 10+2, 500+1", 1);
  ExpectFree(list, {30, 2}, 1, "20+1, 10+2, 30+2", 2);
}

TEST(FirstFitTest, SeedParity_Row14_TheWildernessIsEvictedLikeAnyOther) {
  TestFirstFit list(2, {{700, 9}, {0, 3}});
  ExpectFree(list, {800, 4}, 3, "700+9, 800+4", 1);
}

TEST(FirstFitTest, SeedParity_Row14_ASingleSlotIsProbedEveryTime) {
  TestFirstFit list(1, {{0, 10}});
  ExpectFree(list, {500, 10}, 10, "0+10");
  ExpectFree(list, {500, 11}, 10, "500+11");
}

// Of two slots the second is looked at twice in one call.
TEST(FirstFitTest, SeedParity_Row14_TwoSlotsAreProbedInTurn) {
  TestFirstFit list(2, {{700, 9}, {0, 8}});
  ExpectFree(list, {800, 5}, 5, "700+9, 0+8", 1);
  ExpectFree(list, {800, 6}, 6, "700+9, 0+8", 0);
  ExpectFree(list, {800, 9}, 8, "700+9, 800+9", 1);
}

TEST(FirstFitTest, NothingIsEverMerged) {
  TestFirstFit list(4, {{0, 90}});
  EXPECT_EQ(Text(list->Allocate(40)), "0+40");
  ExpectFree(list, {0, 40}, 0, "none, none, 0+40, 40+50");
  ExpectAllocation(list, 90, "none", "none, none, 0+40, 40+50");
}

TEST(FirstFitTest, FreeUnitsAndLargestFree) {
  TestFirstFit list(4, {{700, 5}, {600, 60}, {0, 7}});
  EXPECT_EQ(list->FreeUnits(), 72u);
  EXPECT_EQ(list->LargestFree(), 60u);
  EXPECT_EQ(Text(list->Allocate(60)), "600+60");
  EXPECT_EQ(list->FreeUnits(), 12u);
  EXPECT_EQ(list->LargestFree(), 7u);
}

}  // namespace
}  // namespace cellblock
