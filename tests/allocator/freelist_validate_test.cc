// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The checker is checked: every bit of a table is flipped and every word
// replaced, and Validate notices all but what it says it does not notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {

struct FreelistPeer {
  static std::vector<uint32_t*> Words(Freelist& list) {
    std::vector<uint32_t*> words = {&list.free_units_, &list.level_map_};
    for (uint32_t& map : list.bin_map_) words.push_back(&map);
    return words;
  }
  static uint32_t& LevelMap(Freelist& list) { return list.level_map_; }
  static uint32_t& BinMap(Freelist& list) { return list.bin_map_[0]; }
  static uint32_t& FreeUnits(Freelist& list) { return list.free_units_; }
  static uint32_t& HighWater(Freelist& list) { return list.high_water_; }
  static uint32_t Bin(uint32_t units) { return Freelist::Bin(units); }
  static constexpr uint32_t kKindMask = Freelist::kKindMask;
  static constexpr uint32_t kUsed = Freelist::kUsed;
  static constexpr uint32_t kFree = Freelist::kFree;
  static constexpr uint32_t kFreeOne = Freelist::kFreeOne;
  static constexpr uint32_t kNil = Freelist::kNil;
  static constexpr uint32_t kUsedPiece = Freelist::kUsedPiece;
};

namespace {

constexpr uint32_t kUnits = 100;

// Free spans of 1, 2, 3 and more units, two to a bin, one alone, one at each
// end of the lists; used spans of one and of more units, and pieces.
class FreelistValidate : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<uint32_t> holes;
    for (uint32_t units : {1u, 2u, 3u, 5u, 1u, 2u, 3u, 35u}) {
      holes.push_back(list_->Allocate(units, 1, 0));
      last_ = list_->Allocate(units % 3 + 1, 1, 0);
      ASSERT_NE(last_, Freelist::kNoSpan);
    }
    const uint32_t divided = list_->Allocate(4, 1, 0);
    ASSERT_TRUE(list_->Divide(divided, 2));
    for (uint32_t hole : holes) {
      ASSERT_EQ(list_->Free(hole), AllocatorError::kNone);
    }
    ASSERT_TRUE(IsValid(*list_));
  }

  size_t head_words() const { return list_words() - kUnits * 2; }
  size_t list_words() const { return list_.words(); }

  // Whether the header says that this word, or these bits of it, are not read.
  uint32_t UnreadBits(size_t word) {
    const uint32_t all = ~0u;
    if (word < head_words()) {
      for (uint32_t unit = 0; unit < kUnits; ++unit) {
        const Span span = list_->SpanAt(unit);
        if (span.kind == SpanKind::kFree &&
            FreelistPeer::Bin(span.units) == word) {
          return 0;
        }
      }
      return all;  // the list head of an empty bin
    }
    const uint32_t unit = static_cast<uint32_t>((word - head_words()) / 2);
    const bool is_b = (word - head_words()) % 2 == 1;
    uint32_t start = unit;
    while (list_->SpanAt(start).kind == SpanKind::kNone) --start;
    const Span span = list_->SpanAt(start);
    if (span.kind != SpanKind::kFree) {
      if (is_b) return all;
      return unit == start ? 0 : ~FreelistPeer::kKindMask;
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
  uint32_t last_ = 0;
  size_t tried_ = 0;
  std::set<std::string> noticed_;
};

TEST_F(FreelistValidate, NoticesEveryFlippedBitOfTheTable) {
  for (size_t word = 0; word < list_words(); ++word) {
    for (uint32_t bit = 0; bit < 32; ++bit) {
      ExpectNoticed(word, list_.table()[word] ^ (1u << bit));
    }
  }
  EXPECT_GT(tried_, kUnits * 3u);
  EXPECT_TRUE(IsValid(*list_));
}

TEST_F(FreelistValidate, NoticesEveryWordReplacedByAnyOther) {
  std::vector<uint32_t> values = {0, 1, 2, 3, kUnits - 1, kUnits, ~0u};
  for (size_t word = 0; word < list_words(); ++word) {
    values.push_back(list_.table()[word]);
  }
  for (size_t word = 0; word < list_words(); ++word) {
    for (uint32_t value : values) ExpectNoticed(word, value);
  }
  EXPECT_TRUE(IsValid(*list_));
}

TEST_F(FreelistValidate, NoticesEveryFlippedBitOfTheMapsAndSums) {
  for (uint32_t* word : FreelistPeer::Words(*list_)) {
    for (uint32_t bit = 0; bit < 32; ++bit) {
      *word ^= 1u << bit;
      EXPECT_FALSE(list_->Validate().ok());
      *word ^= 1u << bit;
    }
  }
  EXPECT_TRUE(IsValid(*list_));
}

TEST_F(FreelistValidate, NoticesAHighWaterMarkBelowAUsedSpanOrAboveAllUnits) {
  uint32_t& high_water = FreelistPeer::HighWater(*list_);
  const uint32_t before = high_water;
  for (uint32_t value = 0; value <= kUnits + 1; ++value) {
    high_water = value;
    EXPECT_EQ(list_->Validate().ok(), value >= before && value <= kUnits)
        << value;
  }
}

// States made by hand, wrong in one way only.
class FreelistValidateByHand : public testing::Test {
 protected:
  // Spans of these lengths, every other one free, from the first on.
  void Make(const std::vector<uint32_t>& lengths) {
    uint32_t units = 0;
    for (uint32_t length : lengths) units += length;
    list_ = std::make_unique<TestFreelist>(units);
    std::vector<uint32_t> starts;
    for (uint32_t length : lengths) {
      starts.push_back((*list_)->Allocate(length, 1, 0));
    }
    for (size_t i = 0; i < starts.size(); i += 2) {
      ASSERT_EQ((*list_)->Free(starts[i]), AllocatorError::kNone);
    }
    tags_ = list_->table() + list_->words() - 2 * units;
    ASSERT_TRUE(IsValid(**list_));
  }

  uint32_t& A(uint32_t unit) { return tags_[2 * unit]; }
  uint32_t& B(uint32_t unit) { return tags_[2 * unit + 1]; }
  const char* Broken() { return (*list_)->Validate().broken; }

  static constexpr uint32_t kFree = FreelistPeer::kFree;
  static constexpr uint32_t kFreeOne = FreelistPeer::kFreeOne;
  static constexpr uint32_t kNil = FreelistPeer::kNil;
  std::unique_ptr<TestFreelist> list_;
  uint32_t* tags_ = nullptr;
};

// Linked, in their bin, counted.
TEST_F(FreelistValidateByHand, NoticesTwoFreeSpansThatTouch) {
  Make({1, 1});
  A(0) = kFreeOne | 1;
  A(1) = kFreeOne | kNil;
  B(1) = 0;
  FreelistPeer::FreeUnits(**list_) = 2;
  EXPECT_STREQ(Broken(), "two free spans touch");
}

// Two that only hold on to each other: every link is answered.
TEST_F(FreelistValidateByHand, NoticesFreeSpansInNoBin) {
  Make({1, 1, 1, 1});
  A(0) = kFreeOne | 2;
  B(0) = 2;
  A(2) = kFreeOne | 0;
  B(2) = 0;
  FreelistPeer::LevelMap(**list_) = 0;
  FreelistPeer::BinMap(**list_) = 0;
  EXPECT_STREQ(Broken(), "a free span is in no bin");
}

TEST_F(FreelistValidateByHand, NoticesAFreeSpanInTheBinOfAnotherLength) {
  Make({1, 1, 3, 1});
  A(0) = kFreeOne | 2;
  B(2) = 0;
  FreelistPeer::BinMap(**list_) = 1u << 1;
  EXPECT_STREQ(Broken(), "a bin holds a span of another bin's length");
}

TEST_F(FreelistValidateByHand, NoticesALongFreeSpanOfOneUnit) {
  Make({1, 1});
  A(0) = kFree | kNil;
  EXPECT_STREQ(Broken(), "a span has an impossible length");
}

// Whatever the table holds, Validate returns and reads nothing outside it.
TEST_F(FreelistValidate, IsBoundedOnAnyTable) {
  Random random(TestSeed());
  std::vector<uint32_t> good(list_.table(), list_.table() + list_words());
  for (int round = 0; round < 20'000; ++round) {
    std::copy(good.begin(), good.end(), list_.table());
    const uint32_t changes = 1 + random.Below(round % 2 == 0 ? 4 : 300);
    for (uint32_t i = 0; i < changes; ++i) {
      uint32_t value = static_cast<uint32_t>(random.Next());
      if (random.OneIn(2)) value = (value << 29) | random.Below(kUnits + 2);
      list_.table()[random.Below(static_cast<uint32_t>(list_words()))] = value;
    }
    (void)list_->Validate();
  }
}

TEST_F(FreelistValidate, NamesTheBrokenInvariant) {
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
