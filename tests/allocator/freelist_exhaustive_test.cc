// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every sequence of a few operations on eight units.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"

namespace cellblock {
namespace {

constexpr uint32_t kUnits = 8;
constexpr int kDepth = 8;

// An operation: 1 to 3 allocates that many units, kFree + i frees unit i.
constexpr uint32_t kFree = 100;

// The model: which span each unit belongs to, by its first unit.
constexpr uint32_t kNobody = ~0u;

struct State {
  TestFreelist list{kUnits};
  uint32_t owner[kUnits];

  State() {
    for (uint32_t& unit : owner) unit = kNobody;
  }

  bool HasRoomFor(uint32_t units) const {
    uint32_t run = 0;
    for (uint32_t unit : owner) {
      run = unit == kNobody ? run + 1 : 0;
      if (run == units) return true;
    }
    return false;
  }

  void Apply(uint32_t operation) {
    if (operation >= kFree) {
      const uint32_t start = operation - kFree;
      ASSERT_EQ(list->Free(start), AllocatorError::kNone);
      for (uint32_t& unit : owner) {
        if (unit == start) unit = kNobody;
      }
      return;
    }
    const bool room = HasRoomFor(operation);
    const uint32_t start = list->Allocate(operation, 1, 0);
    ASSERT_EQ(start != Freelist::kNoSpan, room);
    if (!room) return;
    ASSERT_LE(start + operation, kUnits);
    for (uint32_t i = 0; i < operation; ++i) {
      ASSERT_EQ(owner[start + i], kNobody);
      owner[start + i] = start;
    }
  }

  void Check() {
    ASSERT_TRUE(IsValid(*list));
    for (uint32_t unit = 0; unit < kUnits; ++unit) {
      uint32_t units = 0;
      for (uint32_t other : owner) units += other == unit;
      ASSERT_EQ(list->SpanUnits(unit), units);
    }
  }
};

void Explore(std::vector<uint32_t>& sequence, size_t& visited) {
  State state;
  for (uint32_t operation : sequence) state.Apply(operation);
  state.Check();
  ++visited;
  if (testing::Test::HasFatalFailure()) {
    for (uint32_t operation : sequence) std::printf(" %u", operation);
    return;
  }
  if (sequence.size() == kDepth) return;
  std::vector<uint32_t> next = {1, 2, 3};
  for (uint32_t unit = 0; unit < kUnits; ++unit) {
    if (state.owner[unit] == unit) next.push_back(kFree + unit);
  }
  for (uint32_t operation : next) {
    sequence.push_back(operation);
    Explore(sequence, visited);
    sequence.pop_back();
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(FreelistExhaustiveTest, EverySequenceFromEmptyKeepsTheInvariants) {
  std::vector<uint32_t> sequence;
  size_t visited = 0;
  Explore(sequence, visited);
  EXPECT_GT(visited, 50'000u);
}

// From full: all of the ways to free and refill, whichever spans it was made
// of.
TEST(FreelistExhaustiveTest, EverySequenceFromFullKeepsTheInvariants) {
  for (const std::vector<uint32_t>& full :
       std::vector<std::vector<uint32_t>>{{1, 1, 1, 1, 1, 1, 1, 1},
                                          {2, 2, 2, 2},
                                          {3, 3, 2},
                                          {1, 3, 1, 3},
                                          {3, 1, 2, 1, 1}}) {
    State state;
    for (uint32_t operation : full) state.Apply(operation);
    state.Check();
    ASSERT_FALSE(state.HasRoomFor(1));
    // Every subset of the spans is freed, in both directions.
    std::vector<uint32_t> starts;
    for (uint32_t unit = 0; unit < kUnits; ++unit) {
      if (state.owner[unit] == unit) starts.push_back(unit);
    }
    for (uint32_t subset = 0; subset < 1u << starts.size(); ++subset) {
      for (const bool upwards : {true, false}) {
        State run;
        for (uint32_t operation : full) run.Apply(operation);
        for (size_t i = 0; i < starts.size(); ++i) {
          const size_t k = upwards ? i : starts.size() - 1 - i;
          if ((subset & (1u << k)) == 0) continue;
          run.Apply(kFree + starts[k]);
          run.Check();
        }
        for (uint32_t operation : {2u, 1u, 3u, 1u, 2u}) {
          run.Apply(operation);
          run.Check();
        }
        ASSERT_FALSE(HasFatalFailure());
      }
    }
  }
}

}  // namespace
}  // namespace cellblock
