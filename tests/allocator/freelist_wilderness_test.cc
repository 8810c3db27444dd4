// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The free units at the end: when they are cut, what they take back, and that
// what is handed out does not depend on how many there are.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(FreelistWildernessTest, IsCutFromBelow) {
  TestFreelist list(20);
  EXPECT_EQ(SpansOf(*list), "free 20");
  EXPECT_EQ(list->Allocate(3, 0), 0u);
  EXPECT_EQ(list->Allocate(5, 0), 3u);
  EXPECT_EQ(SpansOf(*list), "used 3, used 5, free 12");
  EXPECT_EQ(list->high_water(), 8u);
  EXPECT_EQ(list->Allocate(12, 0), 8u);
  EXPECT_EQ(SpansOf(*list), "used 3, used 5, used 12");
  EXPECT_EQ(list->high_water(), 20u);
  EXPECT_TRUE(IsValid(*list));
}

// A bin holds only what the wilderness does not touch.
TEST(FreelistWildernessTest, IsCutOnlyWhereNoBinHasASpan) {
  TestFreelist list(100);
  ASSERT_EQ(list->Allocate(10, 0), 0u);
  ASSERT_EQ(list->Allocate(1, 0), 10u);
  ASSERT_EQ(list->Free(0), kOk);
  EXPECT_EQ(list->Allocate(11, 0), 11u);
  EXPECT_EQ(list->Allocate(4, 0), 0u);
  EXPECT_EQ(list->Allocate(6, 0), 4u);
  EXPECT_EQ(list->Allocate(1, 0), 22u);
  EXPECT_EQ(SpansOf(*list), "used 4, used 6, used 1, used 11, used 1, free 77");
  EXPECT_TRUE(IsValid(*list));
}

// However many longer ones were freed after the one that fits.
TEST(FreelistWildernessTest, IsNotCutWhileASpanOfTheSameBinFits) {
  TestFreelist list(5000);
  ASSERT_EQ(list->Allocate(1005, 0), 0u);
  ASSERT_EQ(list->Allocate(1, 0), 1005u);
  ASSERT_EQ(list->Allocate(995, 0), 1006u);
  ASSERT_EQ(list->Allocate(1, 0), 2001u);
  ASSERT_EQ(list->Free(0), kOk);
  ASSERT_EQ(list->Free(1006), kOk);
  EXPECT_EQ(list->Allocate(1000, 0), 0u);
  EXPECT_EQ(list->high_water(), 2002u);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistWildernessTest, IsNotCutWhileAFreeSpanIsAlignedAsAsked) {
  TestFreelist list(1000);
  ASSERT_EQ(list->AllocateAligned(64, 64, 0, 0), 0u);
  ASSERT_EQ(list->Allocate(1, 0), 64u);
  for (int round = 0; round < 10; ++round) {
    ASSERT_EQ(list->Free(0), kOk);
    ASSERT_EQ(list->AllocateAligned(64, 64, 0, 0), 0u);
  }
  EXPECT_EQ(list->high_water(), 65u);
}

TEST(FreelistWildernessTest, LeadOfAnAlignedCutStaysFreeInABin) {
  TestFreelist list(64);
  ASSERT_EQ(list->Allocate(3, 0), 0u);
  EXPECT_EQ(list->AllocateAligned(4, 16, 0, 0), 16u);
  EXPECT_EQ(SpansOf(*list), "used 3, free 13, used 4, free 44");
  EXPECT_EQ(list->high_water(), 20u);
  EXPECT_EQ(list->Allocate(13, 0), 3u);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistWildernessTest, TakesBackWhatTouchesIt) {
  TestFreelist list(20);
  ASSERT_EQ(list->Allocate(3, 0), 0u);
  ASSERT_EQ(list->Allocate(5, 0), 3u);
  ASSERT_EQ(list->Allocate(2, 0), 8u);
  ASSERT_EQ(list->Free(3), kOk);
  Settle(*list);
  ASSERT_EQ(list->Free(8), kOk);
  EXPECT_EQ(SpansOf(*list), "used 3, free 5, free 2, free 10");
  Settle(*list);
  EXPECT_EQ(SpansOf(*list), "used 3, free 17");
  EXPECT_EQ(list->high_water(), 10u);
  EXPECT_TRUE(IsValid(*list));
  EXPECT_EQ(list->Allocate(17, 0), 3u);
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistWildernessTest, TakesBackWhatATrimLeaves) {
  TestFreelist list(20);
  ASSERT_EQ(list->Allocate(8, 0), 0u);
  ASSERT_TRUE(list->Trim(0, 3));
  EXPECT_EQ(SpansOf(*list), "used 3, free 17");
  ASSERT_TRUE(list->Extend(0, 20));
  EXPECT_EQ(SpansOf(*list), "used 20");
  EXPECT_FALSE(list->Extend(0, 21));
  ASSERT_TRUE(list->Trim(0, 19));
  EXPECT_EQ(SpansOf(*list), "used 19, free 1");
  EXPECT_TRUE(IsValid(*list));
}

// What was in use there reads as never used: no stale head, no stale foot.
TEST(FreelistWildernessTest, StaleIndicesInItAreDoubleFrees) {
  TestFreelist list(20);
  for (uint32_t at : {0u, 5u, 10u}) ASSERT_EQ(list->Allocate(5, 0), at);
  ASSERT_TRUE(list->Divide(5, 1));
  for (uint32_t at : {0u, 6u, 8u, 10u, 5u, 7u, 9u}) {
    ASSERT_EQ(list->Free(at), kOk);
    ASSERT_TRUE(IsValid(*list));
  }
  for (uint32_t at = 0; at < 20; ++at) {
    EXPECT_EQ(list->Free(at), AllocatorError::kDoubleFree) << at;
  }
  Settle(*list);
  EXPECT_EQ(SpansOf(*list), "free 20");
  for (uint32_t at = 0; at < 20; ++at) {
    EXPECT_EQ(list->Free(at), AllocatorError::kDoubleFree) << at;
    EXPECT_EQ(list->SpanUnits(at), 0u);
  }
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistWildernessTest, UnitsToServeIsWhereItWouldHaveEnded) {
  TestFreelist list(20);
  ASSERT_EQ(list->Allocate(15, 0), 0u);
  ASSERT_EQ(list->Allocate(6, 0), Freelist::kNoSpan);
  EXPECT_EQ(list->UnitsToServe(6, 1, 0), 21u);
  EXPECT_EQ(list->UnitsToServe(1, 8, 0), 17u);
  EXPECT_EQ(list->UnitsToServe(1, 8, 1), 16u);
  EXPECT_EQ(list->UnitsToServe(8, 1u << 31, 0), (uint64_t{1} << 31) + 8);
  EXPECT_EQ(list->UnitsToServe(~0u, 1u << 31, 0),
            (uint64_t{1} << 31) + UINT32_MAX);
}

struct Call {
  enum Kind { kAllocate, kAligned, kFree, kTrim, kExtend, kDivide } kind;
  uint32_t index;
  uint32_t units;
  uint32_t align;
  uint32_t phase;
};

// The first unit of the span, or kNoSpan if nothing came of it.
uint32_t Make(const Call& call, Freelist& list) {
  const auto index_if = [&](bool made) {
    return made ? call.index : Freelist::kNoSpan;
  };
  switch (call.kind) {
    case Call::kAllocate:
      return list.Allocate(call.units, 0);
    case Call::kAligned:
      return list.AllocateAligned(call.units, call.align, call.phase, 0);
    case Call::kFree:
      return index_if(list.Free(call.index) == kOk);
    case Call::kTrim:
      return index_if(list.Trim(call.index, call.units));
    case Call::kExtend:
      return index_if(list.Extend(call.index, call.units));
    case Call::kDivide:
      return index_if(list.Divide(call.index, call.units));
  }
  return Freelist::kNoSpan;
}

// Random calls until the end of the units stops one; spans of all lengths,
// many of them freed again.
class History {
 public:
  History(uint32_t units, uint32_t size_bits, uint64_t seed)
      : list_(units), size_bits_(size_bits), random_(seed) {}

  void Run() {
    for (int step = 0; step < 200'000; ++step) {
      calls_.push_back(AnyCall());
      const Call& call = calls_.back();
      // What does not divide, or grow where others are, never does.
      const bool is_last =
          call.kind != Call::kDivide &&
          (call.kind != Call::kExtend || call.index == Live().back());
      results_.push_back(Make(call, *list_));
      if (is_last && results_.back() == Freelist::kNoSpan) return;
    }
    FAIL() << "never refused";
  }

  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<uint32_t>& results() const { return results_; }
  Freelist& list() { return *list_; }

 private:
  std::vector<uint32_t> Live() {
    std::vector<uint32_t> live;
    for (uint32_t at = 0, units = 0; at < list_->units(); at += units) {
      const Span span = list_->SpanAt(at);
      units = span.units;
      if (span.kind != SpanKind::kFree) live.push_back(at);
    }
    return live;
  }

  Call AnyCall() {
    const std::vector<uint32_t> live = Live();
    const uint32_t units = random_.LogUniform(size_bits_);
    const uint32_t choice = live.empty() ? 0 : random_.Below(16);
    if (choice < 5) return {Call::kAllocate, 0, units, 1, 0};
    if (choice < 8) {
      const uint32_t align = 1u << random_.Below(size_bits_);
      return {Call::kAligned, 0, units, align, random_.Below(align)};
    }
    const uint32_t index =
        live[random_.Below(static_cast<uint32_t>(live.size()))];
    const uint32_t has = list_->SpanUnits(index);
    if (choice < 13) return {Call::kFree, index, 0, 0, 0};
    if (choice < 14) {
      return {Call::kTrim, index, 1 + random_.Below(has), 0, 0};
    }
    if (choice < 15) {
      return {Call::kExtend, index, has + 1 + random_.Below(has), 0, 0};
    }
    return {Call::kDivide, index, 1 + random_.Below(has), 0, 0};
  }

  TestFreelist list_;
  uint32_t size_bits_;
  Random random_;
  std::vector<Call> calls_;
  std::vector<uint32_t> results_;
};

// Replays the history in so many units: all but the last call must go as it
// did. Where the span of the last call ends, or 0 if nothing came of it.
uint32_t Replay(const History& history, uint32_t units) {
  TestFreelist list(units);
  uint32_t result = 0;
  for (size_t i = 0; i < history.calls().size(); ++i) {
    result = Make(history.calls()[i], *list);
    if (result == history.results()[i] || i + 1 == history.calls().size()) {
      continue;
    }
    ADD_FAILURE() << "call " << i << " of " << history.calls().size() << " in "
                  << units << " units: " << result << ", was "
                  << history.results()[i];
    return 0;
  }
  EXPECT_TRUE(IsValid(*list));
  return result == Freelist::kNoSpan ? 0 : result + list->SpanUnits(result);
}

class FreelistHistory : public testing::TestWithParam<uint32_t> {};

// The indices are those of the list that was too short, at any larger size;
// and the size that it names is the first at which it is served.
TEST_P(FreelistHistory, DoesNotDependOnTheNumberOfUnits) {
  const uint64_t seed = TestSeed();
  const uint32_t size_bits = GetParam();
  const uint32_t units = 1u << (size_bits + 2);
  for (uint64_t round = 0; round < 200; ++round) {
    History history(units + static_cast<uint32_t>(round), size_bits,
                    seed + round);
    history.Run();
    if (HasFatalFailure()) return;
    const Call& last = history.calls().back();
    // A growth is cut off the wilderness as a span of so many units would be.
    const bool grows = last.kind == Call::kExtend;
    Settle(history.list());
    const uint64_t needed =
        grows ? last.index + last.units
              : history.list().UnitsToServe(last.units, last.align, last.phase);
    ASSERT_GT(needed, history.list().units());
    const uint32_t enough = static_cast<uint32_t>(needed);
    EXPECT_EQ(Replay(history, enough - 1), 0u);
    EXPECT_EQ(Replay(history, enough), enough);
    EXPECT_EQ(Replay(history, 10 * enough), enough);
    if (HasFailure()) FAIL() << "seed " << seed << ", round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(SizeBits, FreelistHistory,
                         testing::Values(2, 4, 6, 8, 10));

}  // namespace
}  // namespace cellblock
