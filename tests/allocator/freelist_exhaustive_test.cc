// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every sequence of a few calls on a few units, with the model after each.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/freelist_naive.h"

namespace cellblock {
namespace {

struct Call {
  enum Kind {
    kAllocate,
    kClosest,
    kAligned,
    kFree,
    kTrim,
    kExtend,
    kDivide
  } kind;
  uint32_t index;  // of the span; else the phase
  uint32_t units;
  uint32_t align;

  std::string Name() const {
    static constexpr const char* kNames[] = {
        "allocate", "closest", "aligned", "free", "trim", "extend", "divide"};
    return std::string(kNames[kind]) + "(" + std::to_string(index) + ", " +
           std::to_string(units) + ", " + std::to_string(align) + ")";
  }
};

// A freelist and the model of it.
class Pair {
 public:
  explicit Pair(uint32_t units) : list_(units), model_(units) {}

  void Make(const Call& call) {
    ++owner_;
    switch (call.kind) {
      case Call::kAllocate: {
        const bool room = model_.HasRoomFor(call.units, 1, 0);
        const uint32_t start = list_->Allocate(call.units, owner_);
        ASSERT_EQ(start, model_.Allocate(call.units, owner_));
        ASSERT_EQ(start != Freelist::kNoSpan, room);
        return;
      }
      // So few units are all in bins of one length: Allocate is the closest.
      case Call::kClosest: {
        const bool room = model_.HasRoomFor(call.units, 1, 0);
        const uint32_t start = list_->AllocateClosest(call.units, owner_);
        ASSERT_EQ(start, model_.Allocate(call.units, owner_));
        ASSERT_EQ(start != Freelist::kNoSpan, room);
        return;
      }
      case Call::kAligned: {
        const bool room = model_.HasRoomFor(call.units, call.align, call.index);
        const uint32_t start =
            list_->AllocateAligned(call.units, call.align, call.index, owner_);
        ASSERT_EQ(start, model_.AllocateAligned(call.units, call.align,
                                                call.index, owner_));
        ASSERT_EQ(start != Freelist::kNoSpan, room);
        return;
      }
      case Call::kFree:
        ASSERT_EQ(list_->Free(call.index), model_.Free(call.index));
        return;
      case Call::kTrim:
        ASSERT_EQ(list_->Trim(call.index, call.units),
                  model_.Trim(call.index, call.units));
        return;
      case Call::kExtend:
        ASSERT_EQ(list_->Extend(call.index, call.units),
                  model_.Extend(call.index, call.units));
        return;
      case Call::kDivide:
        ASSERT_EQ(list_->Divide(call.index, call.units),
                  model_.Divide(call.index, call.units));
        return;
    }
  }

  // The whole layout and every figure.
  void Compare() {
    ASSERT_TRUE(IsValid(*list_));
    uint32_t used = 0;
    for (const NaiveFreelist::Used& span : model_.used()) {
      used += span.units;
      ASSERT_EQ(list_->SpanUnits(span.start), span.units);
      ASSERT_EQ(list_->SpanOwner(span.start), span.owner);
      ASSERT_EQ(list_->IsPiece(span.start), span.kind == SpanKind::kUsedPiece);
    }
    for (uint32_t unit = 0; unit <= model_.units(); ++unit) {
      const Span span = list_->SpanAt(unit);
      ASSERT_EQ(span.kind, model_.SpanAt(unit).kind) << unit;
      ASSERT_EQ(span.units, model_.SpanAt(unit).units) << unit;
      const AllocatorError why = model_.Explain(unit);
      if (why == AllocatorError::kNone) continue;
      ASSERT_EQ(list_->Free(unit), why) << unit;
      ASSERT_EQ(list_->SpanUnits(unit), 0u) << unit;
    }
    ASSERT_EQ(list_->free_units(), model_.units() - used);
    ASSERT_EQ(list_->high_water(), model_.high_water());
    ASSERT_EQ(list_->LargestFree(), model_.LargestFree());
    ASSERT_EQ(list_->UnitsToServe(2, 1, 0), model_.end() + 2);
  }

  const NaiveFreelist& model() const { return model_; }

 private:
  TestFreelist list_;
  NaiveFreelist model_;
  uint32_t owner_ = 0;
};

using CallsFrom = std::vector<Call> (*)(const NaiveFreelist& model);

// Every sequence of up to `depth` calls of those that there are to make.
class Explorer {
 public:
  Explorer(uint32_t units, size_t depth, CallsFrom calls_from)
      : units_(units), depth_(depth), calls_from_(calls_from) {}

  void Explore() {
    Pair pair(units_);
    for (const Call& call : sequence_) pair.Make(call);
    pair.Compare();
    ++visited_;
    if (testing::Test::HasFatalFailure()) {
      for (const Call& call : sequence_)
        std::printf("%s\n", call.Name().c_str());
      return;
    }
    if (sequence_.size() == depth_) return;
    for (const Call& call : calls_from_(pair.model())) {
      sequence_.push_back(call);
      Explore();
      sequence_.pop_back();
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  size_t visited() const { return visited_; }

 private:
  uint32_t units_;
  size_t depth_;
  CallsFrom calls_from_;
  std::vector<Call> sequence_;
  size_t visited_ = 0;
};

TEST(FreelistExhaustiveTest, EverySequenceOfAllocationsAndFrees) {
  Explorer explorer(8, 8, [](const NaiveFreelist& model) {
    std::vector<Call> calls;
    for (uint32_t units : {1u, 2u, 3u}) {
      calls.push_back({Call::kAllocate, 0, units, 1});
    }
    for (const NaiveFreelist::Used& span : model.used()) {
      calls.push_back({Call::kFree, span.start, 0, 1});
    }
    return calls;
  });
  explorer.Explore();
  EXPECT_GT(explorer.visited(), 300'000u);
}

TEST(FreelistExhaustiveTest, EverySequenceOfAllCalls) {
  Explorer explorer(7, 6, [](const NaiveFreelist& model) {
    std::vector<Call> calls;
    for (uint32_t units : {1u, 2u, 4u}) {
      calls.push_back({Call::kAllocate, 0, units, 1});
    }
    calls.push_back({Call::kClosest, 0, 3, 1});
    calls.push_back({Call::kAligned, 1, 1, 2});
    calls.push_back({Call::kAligned, 0, 2, 4});
    for (const NaiveFreelist::Used& span : model.used()) {
      calls.push_back({Call::kFree, span.start, 0, 1});
      calls.push_back({Call::kExtend, span.start, span.units + 1, 1});
      if (span.units == 1) continue;
      calls.push_back({Call::kTrim, span.start, 1, 1});
      calls.push_back({Call::kDivide, span.start, 1, 1});
      if (span.units == 2) continue;
      calls.push_back({Call::kTrim, span.start, span.units - 1, 1});
      calls.push_back({Call::kDivide, span.start, 2, 1});
    }
    return calls;
  });
  explorer.Explore();
  EXPECT_GT(explorer.visited(), 500'000u);
}

// From full: all of the ways to free and refill, whichever spans it was made
// of.
TEST(FreelistExhaustiveTest, EveryWayToEmptyAFullOneAndRefillIt) {
  for (const std::vector<uint32_t>& full :
       std::vector<std::vector<uint32_t>>{{1, 1, 1, 1, 1, 1, 1, 1},
                                          {2, 2, 2, 2},
                                          {3, 3, 2},
                                          {1, 3, 1, 3},
                                          {3, 1, 2, 1, 1}}) {
    // Every subset of the spans is freed, in both directions.
    for (uint32_t subset = 0; subset < 1u << full.size(); ++subset) {
      for (const bool upwards : {true, false}) {
        Pair pair(8);
        for (uint32_t units : full) {
          pair.Make({Call::kAllocate, 0, units, 1});
        }
        ASSERT_FALSE(pair.model().HasRoomFor(1, 1, 0));
        const std::vector<NaiveFreelist::Used> spans = pair.model().used();
        for (size_t i = 0; i < spans.size(); ++i) {
          const size_t k = upwards ? i : spans.size() - 1 - i;
          if ((subset & (1u << k)) == 0) continue;
          pair.Make({Call::kFree, spans[k].start, 0, 1});
          pair.Compare();
        }
        for (uint32_t units : {2u, 1u, 3u, 1u, 2u}) {
          pair.Make({Call::kAllocate, 0, units, 1});
          pair.Compare();
        }
        ASSERT_FALSE(HasFatalFailure());
      }
    }
  }
}

}  // namespace
}  // namespace cellblock
