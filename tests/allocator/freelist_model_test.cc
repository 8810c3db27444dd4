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
  bool piece;
};

// The spans in use, by first unit. Everything between them is free.
class Model {
 public:
  explicit Model(uint32_t units) : units_(units) {}

  std::map<uint32_t, Live>& live() { return live_; }
  uint32_t high_water() const { return high_water_; }

  void Use(uint32_t start, uint32_t units, bool piece) {
    ASSERT_LE(uint64_t{start} + units, units_);
    ASSERT_LE(units, FreeAfter(start)) << "overlaps what is in use";
    ASSERT_EQ(Explain(start), AllocatorError::kDoubleFree);
    live_[start] = {units, piece};
    high_water_ = std::max(high_water_, start + units);
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
    ASSERT_LE(list_->LargestFree(), largest);
    ASSERT_GE(list_->LargestFree(), largest - largest / 32);
    uint32_t at = 0;
    for (const auto& [start, span] : model_.live()) {
      if (at < start) {
        ASSERT_EQ(list_->SpanAt(at).kind, SpanKind::kFree);
        ASSERT_EQ(list_->SpanAt(at).units, start - at);
        ASSERT_EQ(list_->SpanUnits(at), 0u);
      }
      ASSERT_EQ(list_->SpanUnits(start), span.units);
      ASSERT_EQ(list_->IsPiece(start), span.piece);
      at = start + span.units;
    }
  }

 private:
  std::map<uint32_t, Live>::iterator AnyLive() {
    auto it = model_.live().lower_bound(random_.Below(units_));
    return it == model_.live().end() ? model_.live().begin() : it;
  }

  void Allocate() {
    const uint32_t units = random_.LogUniform(size_bits_);
    const uint32_t align = random_.OneIn(3) ? 1u << random_.Below(7) : 1;
    const uint32_t phase = random_.Below(align);
    const uint32_t index = list_->Allocate(units, align, phase);
    if (index != Freelist::kNoSpan) {
      ASSERT_EQ((index + phase) % align, 0u);
      model_.Use(index, units, false);
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
    uint32_t candidates = 0;
    model_.ForEachFree([&](uint32_t, uint32_t length) {
      candidates += length >= units - units / 32;
    });
    if (candidates <= Freelist::kLook) {
      ASSERT_FALSE(model_.Fits(units, align, phase));
    }
    ++refused_;
  }

  void Free() {
    if (model_.live().empty()) return;
    auto it = AnyLive();
    ASSERT_EQ(list_->Free(it->first), AllocatorError::kNone);
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
      model_.live().erase(it);
      model_.Use(start, units, span.piece);
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
    model_.live().erase(it);
    for (uint32_t at = start; at < start + span.units; at += piece) {
      model_.Use(at, piece, true);
    }
  }

 public:
  uint32_t served_ = 0;
  uint32_t refused_ = 0;

 private:
  uint32_t units_;
  uint32_t size_bits_;
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
