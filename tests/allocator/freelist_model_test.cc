// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Random operations on a freelist and on a map of spans; both must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

struct Live {
  uint32_t units;
  uint32_t owner;
  bool piece;
};

// The spans in use, by first unit. Everything between them is free.
class Model {
 public:
  explicit Model(uint32_t units) : units_(units) {}

  std::map<uint32_t, Live>& live() { return live_; }
  uint32_t high_water() const { return high_water_; }

  void Use(uint32_t start, const Live& span) {
    ASSERT_LE(uint64_t{start} + span.units, units_);
    ASSERT_LE(span.units, FreeAfter(start)) << "overlaps what is in use";
    ASSERT_EQ(Explain(start), AllocatorError::kDoubleFree);
    live_[start] = span;
    high_water_ = std::max(high_water_, start + span.units);
  }

  // What Free(index) should say.
  AllocatorError Explain(uint32_t index) const {
    if (index >= units_) return AllocatorError::kNotOwned;
    auto above = live_.upper_bound(index);
    if (above == live_.begin()) return AllocatorError::kDoubleFree;
    const auto& [start, span] = *std::prev(above);
    if (start == index) return AllocatorError::kNone;
    return index < start + span.units ? AllocatorError::kInteriorPointer
                                      : AllocatorError::kDoubleFree;
  }

  // Units from `index` to the next span in use.
  uint32_t FreeAfter(uint32_t index) const {
    auto next = live_.lower_bound(index);
    return (next == live_.end() ? units_ : next->first) - index;
  }

  template <typename F>
  void ForEachFree(F visit) const {
    uint32_t at = 0;
    for (const auto& [start, span] : live_) {
      if (start > at) visit(at, start - at);
      at = start + span.units;
    }
    if (at < units_) visit(at, units_ - at);
  }

  uint32_t FreeUnits() const {
    uint32_t sum = 0;
    ForEachFree([&](uint32_t, uint32_t units) { sum += units; });
    return sum;
  }

  uint32_t LargestFree() const {
    uint32_t largest = 0;
    ForEachFree(
        [&](uint32_t, uint32_t units) { largest = std::max(largest, units); });
    return largest;
  }

  // Free spans of at least so many units.
  uint32_t CountFree(uint32_t least) const {
    uint32_t count = 0;
    ForEachFree([&](uint32_t, uint32_t units) { count += units >= least; });
    return count;
  }

  bool Fits(uint32_t units, uint32_t align, uint32_t phase) const {
    bool fits = false;
    ForEachFree([&](uint32_t start, uint32_t length) {
      const uint32_t lead = (0 - (start + phase)) & (align - 1);
      fits |= uint64_t{lead} + units <= length;
    });
    return fits;
  }

 private:
  uint32_t units_;
  uint32_t high_water_ = 0;
  std::map<uint32_t, Live> live_;
};

class ModelRun {
 public:
  ModelRun(uint32_t units, uint32_t size_bits, uint64_t seed)
      : units_(units),
        size_bits_(size_bits),
        list_(units),
        model_(units),
        random_(seed) {}

  void Step() {
    Probe();
    switch (random_.Below(8)) {
      case 0:
      case 1:
      case 2:
        return Allocate();
      case 3:
      case 4:
        return Free();
      case 5:
        return Resize();
      case 6:
        return Divide();
      default:
        return FreeAnything();
    }
  }

  // Span by span, everything that can be asked.
  void Compare() {
    ASSERT_TRUE(IsValid(*list_));
    ASSERT_EQ(list_->free_units(), model_.FreeUnits());
    ASSERT_EQ(list_->high_water(), model_.high_water());
    const uint32_t largest = model_.LargestFree();
    const uint32_t least = largest - largest / 32;
    ASSERT_LE(list_->LargestFree(), largest);
    ASSERT_GE(list_->LargestFree(), least);
    if (largest < 32 || model_.CountFree(least) <= Freelist::kLook) {
      ASSERT_EQ(list_->LargestFree(), largest);
    }
    uint32_t at = 0;
    for (const auto& [start, span] : model_.live()) {
      CompareFree(at, start);
      ASSERT_EQ(list_->SpanUnits(start), span.units);
      ASSERT_EQ(list_->SpanOwner(start), span.owner);
      ASSERT_EQ(list_->IsPiece(start), span.piece);
      at = start + span.units;
    }
    CompareFree(at, units_);
  }

 private:
  // Free from `at` to `end`, in as many spans as the parked one makes.
  void CompareFree(uint32_t at, uint32_t end) {
    for (int spans = 0; at < end; ++spans) {
      const Span span = list_->SpanAt(at);
      ASSERT_EQ(span.kind, SpanKind::kFree);
      ASSERT_EQ(list_->SpanUnits(at), 0u);
      ASSERT_LT(spans, 3);
      at += span.units;
    }
    ASSERT_EQ(at, end);
  }

  // An index in each kind of place, stale or never good, is told apart.
  void Probe() {
    const uint32_t inside = AnyFree();
    for (const uint32_t index :
         {units_ + random_.Below(3), ~random_.Below(3), random_.Below(units_),
          inside, inside == 0 ? 0 : inside - 1, AnyInterior()}) {
      const AllocatorError expected = model_.Explain(index);
      if (expected == AllocatorError::kNone) continue;
      ASSERT_EQ(list_->Free(index), expected) << index;
      ASSERT_EQ(list_->WhyNotLive(index), expected) << index;
      ++told_apart_[expected];
    }
  }

  // A unit behind a live span, perhaps of the next.
  uint32_t AnyFree() {
    if (model_.live().empty()) return random_.Below(units_);
    const auto it = AnyLive();
    return it->first + it->second.units;
  }

  uint32_t AnyInterior() {
    if (model_.live().empty()) return random_.Below(units_);
    const auto it = AnyLive();
    return it->first + random_.Below(it->second.units);
  }

  std::map<uint32_t, Live>::iterator AnyLive() {
    auto it = model_.live().lower_bound(random_.Below(units_));
    return it == model_.live().end() ? model_.live().begin() : it;
  }

  void Allocate() {
    const uint32_t units = last_freed_ != 0 && random_.OneIn(4)
                               ? last_freed_
                               : random_.LogUniform(size_bits_);
    const uint32_t align = random_.OneIn(3) ? 1u << random_.Below(7) : 1;
    const uint32_t phase = random_.Below(align);
    const uint32_t owner =
        random_.OneIn(4) ? static_cast<uint32_t>(random_.Next()) : 0;
    const uint32_t index =
        align == 1 ? AllocateAnywhere(units, owner)
                   : list_->AllocateAligned(units, align, phase, owner);
    if (index != Freelist::kNoSpan) {
      ASSERT_EQ((index + phase) % align, 0u);
      model_.Use(index, {units, owner, false});
      ++served_;
      return;
    }
    // Refused: nothing in a bin that is sure to fit, and of what is below,
    // all was looked at if there is little of it.
    const uint64_t sure = uint64_t{units} + align - 1;
    ASSERT_LT(model_.LargestFree(), sure + sure / 32 + 1);
    if (units < 32 && align == 1) {
      ASSERT_FALSE(model_.Fits(units, 1, 0));
    }
    if (model_.CountFree(units - units / 32) <= Freelist::kLook) {
      ASSERT_FALSE(model_.Fits(units, align, phase));
    }
    ++refused_;
  }

  // As a caller does that tries what was freed last first.
  uint32_t AllocateAnywhere(uint32_t units, uint32_t owner) {
    if (owner == 0 && random_.OneIn(2)) {
      const uint32_t index = list_->Reuse(units);
      reused_ += index != Freelist::kNoSpan;
      if (index != Freelist::kNoSpan) return index;
    }
    if (random_.OneIn(3)) {
      const uint32_t index = list_->AllocateClosest(units, owner);
      closest_ += index != Freelist::kNoSpan;
      return index;
    }
    return list_->Allocate(units, owner);
  }

  void Free() {
    if (model_.live().empty()) return;
    auto it = AnyLive();
    const auto& [start, span] = *it;
    if (random_.OneIn(2)) {
      const uint32_t freed = list_->FreeUnowned(start);
      ASSERT_EQ(freed, span.owner == 0 ? span.units : 0);
      if (freed == 0) return;
    } else {
      ASSERT_EQ(list_->Free(start), AllocatorError::kNone);
    }
    last_freed_ = span.units;
    model_.live().erase(it);
  }

  void FreeAnything() {
    const uint32_t index = random_.Below(units_ + 2);
    const AllocatorError expected = model_.Explain(index);
    ASSERT_EQ(list_->Free(index), expected);
    if (expected == AllocatorError::kNone) model_.live().erase(index);
  }

  void Resize() {
    if (model_.live().empty()) return;
    auto it = AnyLive();
    const auto [start, span] = *it;
    const uint32_t units = random_.Below(2 * span.units + 2);
    const bool trims = units >= 1 && units <= span.units;
    ASSERT_EQ(list_->Trim(start, units), trims);
    if (trims) {
      it->second.units = units;
      return;
    }
    const uint32_t room = model_.FreeAfter(start + span.units);
    const bool extends = units > span.units && units - span.units <= room;
    ASSERT_EQ(list_->Extend(start, units), extends);
    if (extends) {
      const Live grown = {units, span.owner, span.piece};
      model_.live().erase(it);
      model_.Use(start, grown);
    }
  }

  void Divide() {
    if (model_.live().empty()) return;
    auto it = AnyLive();
    const auto [start, span] = *it;
    const uint32_t piece = 1 + random_.Below(span.units);
    const bool divides = span.units % piece == 0;
    ASSERT_EQ(list_->Divide(start, piece), divides);
    if (!divides) return;
    const uint32_t end = start + span.units;
    model_.live().erase(it);
    for (uint32_t at = start; at < end; at += piece) {
      model_.Use(at, {piece, 0, true});
    }
  }

 public:
  uint32_t served_ = 0;
  uint32_t refused_ = 0;
  uint32_t reused_ = 0;
  uint32_t closest_ = 0;
  std::map<AllocatorError, uint32_t> told_apart_;

 private:
  uint32_t units_;
  uint32_t size_bits_;
  uint32_t last_freed_ = 0;  // units
  TestFreelist list_;
  Model model_;
  Random random_;
};

void RunModel(uint32_t units, uint32_t size_bits, int steps, int compare_every,
              uint64_t seed) {
  ModelRun run(units, size_bits, seed);
  for (int step = 1; step <= steps; ++step) {
    run.Step();
    if (step % compare_every == 0) run.Compare();
    if (testing::Test::HasFatalFailure()) {
      FAIL() << units << " units, step " << step << ", seed " << seed;
    }
  }
  // Served enough to mean something, and was driven to exhaustion.
  EXPECT_GT(run.served_, static_cast<uint32_t>(steps) / 20);
  EXPECT_GT(run.refused_, 0u);
  EXPECT_GT(run.reused_, 0u);
  EXPECT_GT(run.closest_, 0u);
  EXPECT_GT(run.told_apart_[AllocatorError::kNotOwned], 0u);
  EXPECT_GT(run.told_apart_[AllocatorError::kDoubleFree], 0u);
  if (units > 1) {
    EXPECT_GT(run.told_apart_[AllocatorError::kInteriorPointer], 0u);
  }
}

TEST(FreelistModelTest, SmallTablesAgreeAfterEveryStep) {
  const uint64_t seed = TestSeed();
  for (uint32_t units : {1u, 2u, 3u, 5u, 8u, 16u, 31u, 32u, 33u, 64u, 100u}) {
    RunModel(units, 4, 5'000, 1, seed + units);
  }
}

TEST(FreelistModelTest, MediumTablesAgreeAfterEveryStep) {
  const uint64_t seed = TestSeed();
  for (uint32_t units : {255u, 1000u, 4096u}) {
    RunModel(units, 9, 3'000, 1, seed + units);
  }
}

TEST(FreelistModelTest, LargeTablesAgree) {
  const uint64_t seed = TestSeed();
  RunModel(1u << 18, 15, 60'000, 1'000, seed);
  RunModel(200'000, 8, 60'000, 1'000, seed + 1);
}

}  // namespace
}  // namespace cellblock
