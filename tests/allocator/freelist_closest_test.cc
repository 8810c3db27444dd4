// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// AllocateClosest: it is served whenever Allocate would be, by the shortest
// span of those looked at.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/freelist_peer.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

// Free spans of these lengths, the last freed first in its bin, each between
// used ones; where they start.
std::vector<uint32_t> Holes(Freelist& list,
                            const std::vector<uint32_t>& units) {
  std::vector<uint32_t> starts;
  for (const uint32_t length : units) {
    starts.push_back(list.Allocate(length, 0));
    EXPECT_NE(list.Allocate(1, 0), Freelist::kNoSpan);
  }
  for (const uint32_t start : starts) EXPECT_EQ(list.Free(start), kOk);
  Settle(list);
  return starts;
}

TEST(FreelistClosestTest, TakesTheShortestOfItsBinThatFits) {
  TestFreelist list(10'000);
  // All of one bin: lengths 1024 to 1055.
  const std::vector<uint32_t> starts =
      Holes(*list, {1050, 1030, 1040, 1024, 1035, 1055});
  EXPECT_EQ(list->AllocateClosest(1031, 0), starts[4]);
  EXPECT_EQ(list->AllocateClosest(1031, 0), starts[2]);
  EXPECT_EQ(list->AllocateClosest(1031, 0), starts[0]);
  EXPECT_EQ(list->AllocateClosest(1030, 0), starts[1]);
  EXPECT_EQ(list->AllocateClosest(1024, 0), starts[3]);
  EXPECT_EQ(list->AllocateClosest(1055, 0), starts[5]);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistClosestTest, OfEqualOnesTakesTheLastFreed) {
  TestFreelist list(10'000);
  const std::vector<uint32_t> starts = Holes(*list, {1030, 1030, 1030});
  EXPECT_EQ(list->AllocateClosest(1025, 0), starts[2]);
  EXPECT_EQ(list->AllocateClosest(1025, 0), starts[1]);
  EXPECT_EQ(list->AllocateClosest(1025, 0), starts[0]);
}

TEST(FreelistClosestTest, TakesTheShortestOfTheNextBinIfItsOwnHasNone) {
  TestFreelist list(20'000);
  const std::vector<uint32_t> starts =
      Holes(*list, {1024, 2090, 2050, 2111, 4000});
  EXPECT_EQ(list->AllocateClosest(1030, 0), starts[2]);
  EXPECT_EQ(list->AllocateClosest(1500, 0), starts[1]);
  EXPECT_EQ(list->AllocateClosest(1500, 0), starts[3]);
  EXPECT_EQ(list->AllocateClosest(1500, 0), starts[4]);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistClosestTest, TakesTheShortestAlsoForFewUnits) {
  TestFreelist list(10'000);
  const std::vector<uint32_t> starts = Holes(*list, {1024, 1050, 1040, 20});
  EXPECT_EQ(list->AllocateClosest(20, 0), starts[3]);
  EXPECT_EQ(list->AllocateClosest(20, 0), starts[0]);
  EXPECT_EQ(list->AllocateClosest(1, 0), starts[0] + 20);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistClosestTest, TakesTheWildernessLast) {
  TestFreelist list(10'000);
  const std::vector<uint32_t> starts = Holes(*list, {100, 200});
  const uint32_t end = 302;
  EXPECT_EQ(list->AllocateClosest(201, 0), end);
  EXPECT_EQ(list->AllocateClosest(150, 0), starts[1]);
  EXPECT_EQ(list->AllocateClosest(150, 0), end + 201);
  EXPECT_EQ(list->high_water(), end + 351);
  EXPECT_EQ(list->AllocateClosest(9649, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->AllocateClosest(9000, 0), end + 351);
}

TEST(FreelistClosestTest, TakesBackWhatWasFreedLastIfItIsJustAsLong) {
  TestFreelist list(10'000);
  const std::vector<uint32_t> starts = Holes(*list, {40, 50});
  const uint32_t parked = list->Allocate(45, 0);
  ASSERT_EQ(list->Allocate(1, 0), parked + 45);
  ASSERT_EQ(list->Free(parked), kOk);
  EXPECT_EQ(list->AllocateClosest(45, 7), parked);
  EXPECT_EQ(list->SpanOwner(parked), 7u);
  // Of another length it is merged first, and then one of the others.
  ASSERT_EQ(list->Free(parked), kOk);
  EXPECT_EQ(list->AllocateClosest(41, 0), parked);
  EXPECT_EQ(list->AllocateClosest(40, 0), starts[0]);
}

TEST(FreelistClosestTest, LooksAtSixtyFourSpansOfTheBin) {
  constexpr uint32_t kSpans = 100;
  std::vector<uint32_t> lengths(kSpans, 1040);
  lengths[kSpans - Freelist::kLook] = 1036;      // the last that is looked at
  lengths[kSpans - Freelist::kLook - 1] = 1035;  // the one behind it
  TestFreelist list(200'000);
  const std::vector<uint32_t> starts = Holes(*list, lengths);
  EXPECT_EQ(list->AllocateClosest(1030, 0), starts[kSpans - Freelist::kLook]);
  // That one is gone, so there is one more to look at.
  EXPECT_EQ(list->AllocateClosest(1030, 0),
            starts[kSpans - Freelist::kLook - 1]);
  EXPECT_EQ(list->AllocateClosest(1030, 0), starts.back());
}

TEST(FreelistClosestTest, RefusesZeroUnitsAndMoreThanThereAre) {
  TestFreelist list(100);
  for (const uint32_t units :
       {0u, 101u, Freelist::kMaxUnits, Freelist::kMaxUnits + 1, ~0u}) {
    EXPECT_EQ(list->AllocateClosest(units, 0), Freelist::kNoSpan) << units;
  }
  EXPECT_EQ(list->AllocateClosest(100, 0), 0u);
  EXPECT_EQ(list->AllocateClosest(1, 0), Freelist::kNoSpan);
  Freelist none;
  EXPECT_EQ(none.AllocateClosest(1, 0), Freelist::kNoSpan);
  EXPECT_EQ(none.AllocateClosest(40, 0), Freelist::kNoSpan);
}

TEST(FreelistClosestTest, LeavesTheRestFreeAndKeepsTheOwner) {
  TestFreelist list(10'000);
  const std::vector<uint32_t> starts = Holes(*list, {1050});
  const uint32_t free_units = list->free_units();
  ASSERT_EQ(list->AllocateClosest(1000, 42), starts[0]);
  EXPECT_EQ(list->SpanOwner(starts[0]), 42u);
  EXPECT_EQ(list->free_units(), free_units - 1000);
  EXPECT_EQ(list->SpanAt(starts[0] + 1000).units, 50u);
  EXPECT_TRUE(IsValid(*list));
}

// Against a copy, on which Allocate is called, and against the bins as they
// are.
class ClosestRun {
 public:
  ClosestRun(uint32_t units, uint32_t bits, uint64_t seed)
      : list_(units), copy_(units), bits_(bits), random_(seed) {}

  void Step() {
    // It fills up, and is emptied again.
    const uint32_t frees = steps_++ / 300 % 2 == 0 ? 1 : 2;
    if (!live_.empty() && random_.Below(3) < frees) {
      const auto it = AnyLive();
      ASSERT_EQ(list_->Free(it->first), kOk);
      last_ = it->second;
      live_.erase(it);
      return;
    }
    const uint32_t units = SomeUnits();
    Copy();
    const uint32_t would = copy_->Allocate(units, 0);
    Copy();
    const uint32_t expected = Expected(units);
    const uint32_t start = list_->AllocateClosest(units, 0);
    ASSERT_EQ(start == Freelist::kNoSpan, would == Freelist::kNoSpan) << units;
    ASSERT_EQ(start, expected) << units;
    if (start == Freelist::kNoSpan) {
      ++refused_;
      return;
    }
    closer_ += start != would;
    live_[start] = units;
  }

  Freelist& list() { return *list_; }
  uint32_t refused_ = 0;
  uint32_t closer_ = 0;  // than what Allocate gives

 private:
  using Peer = FreelistPeer;

  std::map<uint32_t, uint32_t>::iterator AnyLive() {
    const auto it = live_.lower_bound(random_.Below(list_->units()));
    return it == live_.end() ? live_.begin() : it;
  }

  // Many are of the same bins.
  uint32_t SomeUnits() {
    if (last_ != 0 && random_.OneIn(8)) return last_;
    if (random_.OneIn(2)) return random_.LogUniform(bits_);
    return (1u << (bits_ - 1)) + random_.Below(1u << (bits_ - 5));
  }

  void Copy() {
    memcpy(copy_.table(), list_.table(), list_.words() * sizeof(uint32_t));
    const std::vector<uint32_t*> from = Peer::Words(*list_);
    const std::vector<uint32_t*> to = Peer::Words(*copy_);
    for (size_t i = 0; i < from.size(); ++i) *to[i] = *from[i];
    Peer::Parked(*copy_) = Peer::Parked(*list_);
    Peer::HighWater(*copy_) = Peer::HighWater(*list_);
  }

  // What it should give, by the copy's bins.
  uint32_t Expected(uint32_t units) {
    const uint32_t parked = Peer::Parked(*copy_);
    if (parked != Peer::kNone && copy_->SpanAt(parked - 1).units == units) {
      return parked - 1;
    }
    Settle(*copy_);
    const uint32_t own = Peer::Bin(units);
    for (uint32_t bin = own; bin <= Peer::Bin(copy_->units()); ++bin) {
      const std::optional<uint32_t> found = ShortestOf(bin, units);
      if (found.has_value()) return *found;
    }
    const uint32_t wild = Peer::Wild(*copy_) - 1;
    return units <= copy_->units() - wild ? wild : Freelist::kNoSpan;
  }

  std::optional<uint32_t> ShortestOf(uint32_t bin, uint32_t units) {
    std::optional<uint32_t> best;
    uint32_t tag = Peer::Head(*copy_, bin);
    for (uint32_t i = 0; i < Freelist::kLook && tag != Peer::kNone; ++i) {
      const uint32_t length = copy_->SpanAt(tag - 1).units;
      if (length >= units &&
          (!best.has_value() || length < copy_->SpanAt(*best).units)) {
        best = tag - 1;
      }
      tag = Peer::A(*copy_, tag) & ~Peer::kKindMask;
    }
    return best;
  }

  TestFreelist list_;
  TestFreelist copy_;
  uint32_t bits_;
  Random random_;
  std::map<uint32_t, uint32_t> live_;  // units, by where they start
  uint32_t last_ = 0;
  uint64_t steps_ = 0;
};

TEST(FreelistClosestTest, IsServedWheneverAllocateIsByTheShortestOfItsBin) {
  const uint64_t seed = TestSeed();
  uint32_t refused = 0;
  uint32_t closer = 0;
  for (const uint32_t units : {40u, 100u, 1000u, 5000u, 20'000u, 60'000u}) {
    for (const uint32_t bits : {6u, 9u, 13u}) {
      if (1u << (bits - 1) > units) continue;
      ClosestRun run(units, bits, seed + units + bits);
      for (uint64_t step = 0; step < 3000 * TestFactor(); ++step) {
        run.Step();
        if (testing::Test::HasFatalFailure()) {
          FAIL() << units << " units, step " << step << ", seed " << seed;
        }
      }
      EXPECT_TRUE(IsValid(run.list()));
      refused += run.refused_;
      closer += run.closer_;
    }
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(closer, 10u);
}

}  // namespace
}  // namespace cellblock
