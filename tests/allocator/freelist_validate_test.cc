// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The checker is checked: every bit of a table is flipped and every word
// replaced, and Validate notices all but what it says it does not notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/freelist_peer.h"
#include "tests/allocator/random.h"

namespace cellblock {

namespace {

constexpr uint32_t kUnits = 100;

enum class LastFreed { kParked, kMerged };

// Free spans of 1, 2, 3 and more units, two to a bin, one alone, one at each
// end of the lists; used spans of one and of more units, of owners and of none,
// and pieces; a wilderness, and a parked span or none.
class FreelistValidate : public testing::TestWithParam<LastFreed> {
 protected:
  void SetUp() override {
    std::vector<uint32_t> holes;
    for (uint32_t units : {1u, 2u, 3u, 5u, 1u, 2u, 3u, 35u, 4u}) {
      holes.push_back(list_->Allocate(units, 0));
      ASSERT_NE(list_->Allocate(units % 3 + 1, units), Freelist::kNoSpan);
    }
    const uint32_t divided = list_->Allocate(4, 0);
    ASSERT_TRUE(list_->Divide(divided, 2));
    for (uint32_t hole : holes) {
      ASSERT_EQ(list_->Free(hole), AllocatorError::kNone);
    }
    if (GetParam() == LastFreed::kMerged) Settle(*list_);
    ASSERT_EQ(FreelistPeer::Parked(*list_) != FreelistPeer::kNone,
              GetParam() == LastFreed::kParked);
    ASSERT_LT(FreelistPeer::Wild(*list_), kUnits);
    ASSERT_TRUE(IsValid(*list_));
  }

  // List heads, then tag 0, then a tag for each unit.
  size_t head_words() const { return list_words() - 2 - kUnits * 2; }
  size_t list_words() const { return list_.words(); }

  // The bits of this word that the header says nothing reads, or of which any
  // value is good.
  uint32_t UnreadBits(size_t word) {
    const uint32_t all = ~0u;
    if (word < head_words()) return 0;
    const bool is_b = (word - head_words()) % 2 == 1;
    const uint32_t tag = static_cast<uint32_t>((word - head_words()) / 2);
    if (tag == 0) return is_b ? all : 0;
    const uint32_t unit = tag - 1;
    uint32_t start = unit;
    while (list_->SpanAt(start).kind == SpanKind::kNone) --start;
    const Span span = list_->SpanAt(start);
    const bool is_in_a_bin = span.kind == SpanKind::kFree &&
                             start + 1 != FreelistPeer::Parked(*list_) &&
                             start + 1 != FreelistPeer::Wild(*list_);
    if (!is_in_a_bin) {
      const bool is_head =
          unit == start && start + 1 != FreelistPeer::Wild(*list_);
      if (is_b) return all;
      return is_head ? 0 : ~FreelistPeer::kKindMask;
    }
    if (unit == start || unit == start + span.units - 1) return 0;
    if (is_b) return all;
    return unit == start + 1 ? 0 : ~FreelistPeer::kKindMask;
  }

  // Relabelling a used span as a piece, or back, is another valid state.
  static bool IsRelabelling(uint32_t from, uint32_t to) {
    const uint32_t kind = from & FreelistPeer::kKindMask;
    return (from ^ to) == (FreelistPeer::kUsed ^ FreelistPeer::kUsedPiece) &&
           (kind == FreelistPeer::kUsed || kind == FreelistPeer::kUsedPiece);
  }

  void ExpectNoticed(size_t word, uint32_t value) {
    uint32_t& target = list_.table()[word];
    const uint32_t before = target;
    if (((before ^ value) & ~UnreadBits(word)) == 0) return;
    if (word >= head_words() && (word - head_words()) % 2 == 0 &&
        IsRelabelling(before, value)) {
      return;
    }
    target = value;
    const FreelistCheck check = list_->Validate();
    target = before;
    EXPECT_FALSE(check.ok())
        << "word " << word << ": " << std::hex << before << " became " << value;
    if (!check.ok()) noticed_.insert(check.broken);
    ++tried_;
  }

  TestFreelist list_{kUnits};
  size_t tried_ = 0;
  std::set<std::string> noticed_;
};

INSTANTIATE_TEST_SUITE_P(LastFreed, FreelistValidate,
                         testing::Values(LastFreed::kParked,
                                         LastFreed::kMerged),
                         [](const testing::TestParamInfo<LastFreed>& freed) {
                           return freed.param == LastFreed::kParked ? "Parked"
                                                                    : "Merged";
                         });

TEST_P(FreelistValidate, NoticesEveryFlippedBitOfTheTable) {
  for (size_t word = 0; word < list_words(); ++word) {
    for (uint32_t bit = 0; bit < 32; ++bit) {
      ExpectNoticed(word, list_.table()[word] ^ (1u << bit));
    }
  }
  EXPECT_GT(tried_, kUnits * 3u);
  EXPECT_TRUE(IsValid(*list_));
}

TEST_P(FreelistValidate, NoticesEveryWordReplacedByAnyOther) {
  std::vector<uint32_t> values = {0, 1, 2, 3, kUnits - 1, kUnits, ~0u};
  for (size_t word = 0; word < list_words(); ++word) {
    values.push_back(list_.table()[word]);
  }
  for (size_t word = 0; word < list_words(); ++word) {
    for (uint32_t value : values) ExpectNoticed(word, value);
  }
  EXPECT_TRUE(IsValid(*list_));
}

TEST_P(FreelistValidate, NoticesEveryFlippedBitOfTheMapsAndSums) {
  for (uint32_t* word : FreelistPeer::Words(*list_)) {
    for (uint32_t bit = 0; bit < 32; ++bit) {
      *word ^= 1u << bit;
      EXPECT_FALSE(list_->Validate().ok());
      *word ^= 1u << bit;
    }
  }
  EXPECT_TRUE(IsValid(*list_));
}

TEST_P(FreelistValidate, NoticesAWrongNumberOfUnits) {
  uint32_t& units = FreelistPeer::Units(*list_);
  for (uint32_t value = 0; value <= 2 * kUnits; ++value) {
    units = value;
    EXPECT_EQ(list_->Validate().ok(), value == kUnits) << value;
  }
}

TEST_P(FreelistValidate, NoticesAWildernessThatStartsElsewhere) {
  uint32_t& wild = FreelistPeer::Wild(*list_);
  const uint32_t before = wild;
  for (uint32_t value = 0; value <= kUnits + 3; ++value) {
    wild = value;
    EXPECT_EQ(list_->Validate().ok(), value == before) << value;
  }
}

// Unless it is a used span, or none: the table does not say which is free.
TEST_P(FreelistValidate, NoticesThatWhatIsParkedIsNoUsedSpan) {
  uint32_t& parked = FreelistPeer::Parked(*list_);
  const uint32_t before = parked;
  parked = FreelistPeer::kNone;
  for (uint32_t value = 0; value <= kUnits + 3; ++value) {
    const bool is_used = value > 0 && list_->SpanUnits(value - 1) != 0;
    parked = value;
    EXPECT_EQ(list_->Validate().ok(), is_used || value == FreelistPeer::kNone)
        << value;
    parked = FreelistPeer::kNone;
  }
  parked = before;
  EXPECT_TRUE(IsValid(*list_));
}

TEST_P(FreelistValidate, NoticesAHighWaterMarkBelowAUsedSpanOrAboveAllUnits) {
  uint32_t& high_water = FreelistPeer::HighWater(*list_);
  const uint32_t before = high_water;
  for (uint32_t value = 0; value <= kUnits + 1; ++value) {
    high_water = value;
    EXPECT_EQ(list_->Validate().ok(), value >= before && value <= kUnits)
        << value;
  }
}

// Whatever the table holds, and whatever is parked or wild, Validate returns
// and reads nothing outside it.
TEST_P(FreelistValidate, IsBoundedOnAnyTable) {
  Random random(TestSeed());
  std::vector<uint32_t> good(list_.table(), list_.table() + list_words());
  const uint32_t wild = FreelistPeer::Wild(*list_);
  const uint32_t parked = FreelistPeer::Parked(*list_);
  for (int round = 0; round < 20'000; ++round) {
    std::copy(good.begin(), good.end(), list_.table());
    FreelistPeer::Wild(*list_) =
        random.OneIn(4) ? random.Below(kUnits + 3) : wild;
    FreelistPeer::Parked(*list_) =
        random.OneIn(4) ? random.Below(kUnits + 3) : parked;
    const uint32_t changes = 1 + random.Below(round % 2 == 0 ? 4 : 300);
    for (uint32_t i = 0; i < changes; ++i) {
      uint32_t value = static_cast<uint32_t>(random.Next());
      if (random.OneIn(2)) value = (value << 29) | random.Below(kUnits + 2);
      list_.table()[random.Below(static_cast<uint32_t>(list_words()))] = value;
    }
    (void)list_->Validate();
  }
}

TEST_P(FreelistValidate, NamesTheBrokenInvariant) {
  for (size_t word = head_words(); word < list_words(); ++word) {
    for (uint32_t bit = 0; bit < 32; ++bit) {
      ExpectNoticed(word, list_.table()[word] ^ (1u << bit));
    }
  }
  EXPECT_GE(noticed_.size(), 6u) << "one message for everything";
  EXPECT_EQ(noticed_.count(""), 0u);
}

}  // namespace
}  // namespace cellblock
