// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every sequence of a few operations on a small pool with one to three slots,
// against a model that takes the ancestor's rules one after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "allocator/first_fit.h"
#include "tests/allocator/first_fit_fixture.h"

namespace cellblock {
namespace {

constexpr uintptr_t kBase = 1000;
constexpr size_t kPool = 100;

// A free block of 40 is near to a request of 9 and not to one of 8.
constexpr size_t kLengths[] = {8, 9, 40};

// How often each rule was applied, in all sequences.
struct Uses {
  size_t refused = 0;
  size_t exact = 0;
  size_t exact_last = 0;
  size_t near_fit = 0;
  size_t split = 0;
  size_t split_near_last = 0;
  size_t moved = 0;
  size_t stored = 0;
  size_t evicted[3] = {};  // by the first, second, third probe
  size_t evicted_last = 0;
  size_t lost_itself = 0;
};

class Model {
 public:
  Model(size_t slots, Uses& uses) : slots_(slots), uses_(uses) {}

  SlotBlock Allocate(size_t length) {
    const size_t last = slots_.size() - 1;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].has_value() || slots_[i]->units < length) continue;
      const SlotBlock whole = *slots_[i];
      const bool exact = whole.units == length;
      const bool near_fit = !exact && whole.units < length + 32;
      if (exact || (near_fit && i != last)) {
        ++(exact ? uses_.exact : uses_.near_fit);
        uses_.exact_last += i == last;
        uses_.moved += i != Start();
        std::swap(slots_[i], slots_[Start()]);
        slots_[Start()].reset();
        return whole;
      }
      ++uses_.split;
      uses_.split_near_last += near_fit;
      slots_[i] = SlotBlock{whole.address + length, whole.units - length};
      return {whole.address, length};
    }
    ++uses_.refused;
    return {};
  }

  size_t Free(SlotBlock block) {
    if (Start() > 0) {
      ++uses_.stored;
      slots_[Start() - 1] = block;
      return 0;
    }
    for (size_t& evicted : uses_.evicted) {
      cursor_ = (cursor_ + 1) % slots_.size();
      if (slots_[cursor_]->units < block.units) {
        ++evicted;
        uses_.evicted_last += cursor_ == slots_.size() - 1;
        const size_t lost = slots_[cursor_]->units;
        slots_[cursor_] = block;
        return lost;
      }
    }
    ++uses_.lost_itself;
    return block.units;
  }

  // The first slot in use.
  size_t Start() const {
    size_t empty = 0;
    while (empty < slots_.size() && !slots_[empty].has_value()) ++empty;
    return empty;
  }

  std::string Slots() const {
    std::string text;
    for (const std::optional<SlotBlock>& slot : slots_) {
      if (!text.empty()) text += ", ";
      text += slot.has_value() ? Text(*slot) : "none";
    }
    return text;
  }

  size_t cursor() const { return cursor_; }

 private:
  std::vector<std::optional<SlotBlock>> slots_;
  size_t cursor_ = 0;
  Uses& uses_;
};

// An operation: an index into kLengths allocates, kFree + i frees the i-th of
// the live blocks.
constexpr size_t kFree = 100;

struct State {
  TestFirstFit list;
  Model model;
  std::vector<SlotBlock> live;
  size_t lost = 0;

  State(size_t slots, Uses& uses) : list(slots), model(slots, uses) {
    list->Free({kBase, kPool});
    model.Free({kBase, kPool});
  }

  void Apply(size_t operation) {
    if (operation >= kFree) {
      const auto freed = live.begin() + (operation - kFree);
      const SlotBlock block = *freed;
      live.erase(freed);
      const size_t lost_now = list->Free(block);
      ASSERT_EQ(lost_now, model.Free(block));
      lost += lost_now;
      return;
    }
    const SlotBlock block = list->Allocate(kLengths[operation]);
    const SlotBlock expected = model.Allocate(kLengths[operation]);
    ASSERT_EQ(block.address, expected.address);
    ASSERT_EQ(block.units, expected.units);
    if (block.units != 0) live.push_back(block);
  }

  void Check() {
    ASSERT_EQ(SlotsOf(*list), model.Slots());
    ASSERT_EQ(list->start(), model.Start());
    ASSERT_EQ(list->cursor(), model.cursor());
    ASSERT_TRUE(IsValid(*list));
    size_t units = list->FreeUnits() + lost;
    for (const SlotBlock& block : live) units += block.units;
    ASSERT_EQ(units, kPool);
  }
};

// Every sequence from this one on.
void Explore(size_t slots, size_t depth, std::vector<size_t>& sequence,
             Uses& uses) {
  State state(slots, uses);
  for (size_t operation : sequence) state.Apply(operation);
  state.Check();
  if (testing::Test::HasFatalFailure()) {
    for (size_t operation : sequence) std::printf(" %zu", operation);
    std::printf(" with %zu slots\n", slots);
    return;
  }
  if (sequence.size() == depth) return;
  std::vector<size_t> next = {0, 1, 2};
  for (size_t i = 0; i < state.live.size(); ++i) next.push_back(kFree + i);
  for (size_t operation : next) {
    sequence.push_back(operation);
    Explore(slots, depth, sequence, uses);
    sequence.pop_back();
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(FirstFitExhaustiveTest, EverySequenceDoesWhatTheRulesSay) {
  Uses uses;
  for (size_t slots : {1, 2, 3}) {
    std::vector<size_t> sequence;
    Explore(slots, 8, sequence, uses);
    if (HasFatalFailure()) return;
  }
  // No rule is left out.
  EXPECT_GT(uses.refused, 0u);
  EXPECT_GT(uses.exact, uses.exact_last);
  EXPECT_GT(uses.exact_last, 0u);
  EXPECT_GT(uses.near_fit, 0u);
  EXPECT_GT(uses.split, 0u);
  EXPECT_GT(uses.split_near_last, 0u);
  EXPECT_GT(uses.moved, 0u);
  EXPECT_GT(uses.stored, 0u);
  EXPECT_GT(uses.evicted[0], 0u);
  EXPECT_GT(uses.evicted[1], 0u);
  EXPECT_GT(uses.evicted[2], 0u);
  EXPECT_GT(uses.evicted_last, 0u);
  EXPECT_GT(uses.lost_itself, 0u);
}

}  // namespace
}  // namespace cellblock
