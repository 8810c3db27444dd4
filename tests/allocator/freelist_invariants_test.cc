// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// States made by hand, wrong in one way only: each invariant is noticed by its
// name.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/freelist_peer.h"

namespace cellblock {
namespace {

using Peer = FreelistPeer;

class FreelistInvariants : public testing::Test {
 protected:
  // Spans of these lengths, every other one free, from the first on. Behind
  // them so many units are wild.
  void Make(const std::vector<uint32_t>& lengths, uint32_t wild = 0) {
    uint32_t units = wild;
    for (uint32_t length : lengths) units += length;
    owner_ = std::make_unique<TestFreelist>(units);
    std::vector<uint32_t> starts;
    for (uint32_t length : lengths) {
      starts.push_back(list().Allocate(length, 0));
    }
    for (size_t i = 0; i < starts.size(); i += 2) {
      ASSERT_EQ(list().Free(starts[i]), AllocatorError::kNone);
    }
    Settle(list());
    ASSERT_TRUE(IsValid(list()));
  }

  Freelist& list() { return **owner_; }
  uint32_t& A(uint32_t tag) { return Peer::A(list(), tag); }
  uint32_t& B(uint32_t tag) { return Peer::B(list(), tag); }
  uint32_t& Head(uint32_t bin) { return Peer::Head(list(), bin); }
  void ExpectBroken(const char* how, uint32_t unit = 0) {
    EXPECT_STREQ(list().Validate().broken, how);
    EXPECT_EQ(list().Validate().unit, unit);
  }

  std::unique_ptr<TestFreelist> owner_;
};

TEST_F(FreelistInvariants, WildernessOutsideTheUnits) {
  Make({1, 1}, 2);
  Peer::Wild(list()) = 0;
  ExpectBroken("the wilderness is outside the units");
  Peer::Wild(list()) = 6;
  ExpectBroken("the wilderness is outside the units");
}

TEST_F(FreelistInvariants, TagBeforeTheFirstUnit) {
  Make({1, 1});
  A(0) = Peer::kFoot;
  ExpectBroken("the tag before the first unit is not that of a used span");
  A(0) = Peer::kUsed | 1;
  ExpectBroken("the tag before the first unit is not that of a used span");
}

TEST_F(FreelistInvariants, NoSpanWhereOneShouldStart) {
  Make({2, 2, 2, 2});
  A(3) = Peer::kUsed | 1;
  ExpectBroken("no span starts where the one before it ends", 3);
}

TEST_F(FreelistInvariants, LengthsThatCannotBe) {
  Make({1, 1});
  A(2) = Peer::kUsed;
  ExpectBroken("a span has an impossible length", 1);
  A(2) = Peer::kUsed | 2;
  ExpectBroken("a span has an impossible length", 1);
  A(2) = Peer::kUsed | 1;
  A(1) = Peer::kFree | Peer::kNone;
  ExpectBroken("a span has an impossible length");
  A(1) = Peer::kUsed | 1;
  A(2) = Peer::kFree | Peer::kNone;  // the last unit: no second one to read
  ExpectBroken("a span has an impossible length", 1);
}

// Linked, in their bin, counted.
TEST_F(FreelistInvariants, TwoFreeSpansThatTouch) {
  Make({1, 1});
  A(1) = Peer::kFreeOne | 2;
  A(2) = Peer::kFreeOne | Peer::kNone;
  B(2) = 1;
  Peer::FreeUnits(list()) = 2;
  ExpectBroken("two free spans touch", 1);
}

// In its bin, counted.
TEST_F(FreelistInvariants, AFreeSpanThatTouchesTheWilderness) {
  Make({1, 1, 1, 1}, 2);
  A(4) = Peer::kInterior;
  Peer::Wild(list()) = 4;
  Peer::FreeUnits(list()) += 1;
  ExpectBroken("a free span touches the wilderness");
}

TEST_F(FreelistInvariants, WhatIsParkedIsInABinToo) {
  Make({1, 1, 3, 1});
  Peer::Parked(list()) = 3;
  ExpectBroken("the parked span is not tagged as used", 2);
}

TEST_F(FreelistInvariants, WhatIsParkedIsNoSpan) {
  Make({1, 3}, 2);
  for (uint32_t tag : {3u, 4u, 5u, 6u, 7u, ~0u}) {
    Peer::Parked(list()) = tag;
    ExpectBroken("no span starts where one is parked");
  }
}

TEST_F(FreelistInvariants, Sums) {
  Make({1, 1}, 2);
  Peer::FreeUnits(list()) += 1;
  ExpectBroken("the free spans do not add up to the count of free units");
  Peer::FreeUnits(list()) -= 1;
  Peer::HighWater(list()) = 1;
  ExpectBroken("the high-water mark is below a used span");
  Peer::HighWater(list()) = 5;
  ExpectBroken("the high-water mark is below a used span");
}

TEST_F(FreelistInvariants, HeadsAndFeetInside) {
  Make({4, 3}, 2);
  for (const uint32_t kind : {Peer::kUsed, Peer::kUsedPiece, Peer::kFree,
                              Peer::kFreeOne, Peer::kFoot}) {
    for (const uint32_t tag : {2u, 3u, 6u, 7u, 8u, 9u}) {
      const uint32_t before = A(tag);
      A(tag) = kind | (before & ~Peer::kKindMask);
      ExpectBroken("a unit inside a span is tagged as a head or a foot",
                   tag < 5   ? 0
                   : tag < 8 ? 4
                             : 7);
      A(tag) = before;
    }
  }
}

TEST_F(FreelistInvariants, AFootThatPointsElsewhere) {
  Make({4, 1, 4, 1});
  B(4) = 6;
  ExpectBroken("the foot of a free span does not match its head");
  B(4) = 1;
  A(4) = Peer::kFoot | 3;
  ExpectBroken("the foot of a free span does not match its head");
}

TEST_F(FreelistInvariants, LinksThatAreNotAnswered) {
  Make({1, 1, 1, 1, 1, 1});  // the bin holds 5, 3, 1
  for (const uint32_t tag : {1u, 2u, 3u, 5u, 7u}) {
    A(1) = Peer::kFreeOne | tag;
    ExpectBroken("a link to the next free span is not answered");
  }
  A(1) = Peer::kFreeOne | Peer::kNone;
  for (const uint32_t tag : {1u, 2u, 5u, 7u}) {
    B(1) = tag;
    ExpectBroken("a link to the previous free span is not answered");
  }
}

TEST_F(FreelistInvariants, AFreeSpanNotInItsBin) {
  Make({1, 1});
  Head(1) = Peer::kNone;
  ExpectBroken("a free span is not in its bin");
  Head(1) = 1;
  Peer::BinMap(list()) = 0;
  ExpectBroken("a free span is not in its bin");
}

// Two that only hold on to each other: every link is answered.
TEST_F(FreelistInvariants, FreeSpansInNoBin) {
  Make({1, 1, 1, 1});
  A(1) = Peer::kFreeOne | 3;
  B(1) = 3;
  A(3) = Peer::kFreeOne | 1;
  B(3) = 1;
  Head(1) = Peer::kNone;
  Peer::LevelMap(list()) = 0;
  Peer::BinMap(list()) = 0;
  ExpectBroken("a free span is in no bin");
}

TEST_F(FreelistInvariants, AFreeSpanInTheBinOfAnotherLength) {
  Make({1, 1, 3, 1});
  A(1) = Peer::kFreeOne | 3;
  B(3) = 1;
  Head(3) = Peer::kNone;
  Peer::BinMap(list()) = 1u << 1;
  ExpectBroken("a bin holds a span of another bin's length", 2);
}

TEST_F(FreelistInvariants, AHeadOfAnEmptyBin) {
  Make({1, 1});
  for (const uint32_t bin : {0u, 2u, 31u}) {
    Head(bin) = 1;
    ExpectBroken("the bin map and the head of a bin disagree");
    Head(bin) = Peer::kNone;
    Peer::BinMap(list()) ^= 1u << bin;
    ExpectBroken("the bin map and the head of a bin disagree");
    Peer::BinMap(list()) ^= 1u << bin;
  }
}

TEST_F(FreelistInvariants, ABinOfWhatIsNotFree) {
  Make({1, 1}, 2);
  Peer::BinMap(list()) |= 1u << 7;
  for (const uint32_t tag : {2u, 3u, 4u, 5u, ~0u}) {
    Head(7) = tag;
    ExpectBroken("a bin holds what is not a free span", tag - 1);
  }
}

TEST_F(FreelistInvariants, ASpanInTwoBins) {
  Make({1, 1, 1, 1});  // the bin holds 3, 1
  Peer::BinMap(list()) |= 1u << 7;
  Head(7) = 1;
  ExpectBroken("a bin holds a span twice", 0);
}

TEST_F(FreelistInvariants, LevelsThatAreNot) {
  Make({1, 1});
  Peer::LevelMap(list()) |= 2;
  ExpectBroken("the level map has a level that the table has not");
  Peer::LevelMap(list()) = 0;
  ExpectBroken("the level map and the bin map disagree");
  Make({40, 1});
  Peer::LevelMap(list()) |= 1;
  ExpectBroken("the level map and the bin map disagree");
}

}  // namespace
}  // namespace cellblock
