// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/cell.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

static_assert(!std::is_copy_constructible_v<Cell<int>>);
static_assert(!std::is_copy_assignable_v<Cell<int>>);
static_assert(std::is_nothrow_move_constructible_v<Cell<int>>);
static_assert(std::is_nothrow_move_assignable_v<Cell<int>>);
static_assert(!std::is_convertible_v<Cell<int>, bool>);
static_assert(std::is_convertible_v<Cell<int>, CellMemory>);
static_assert(!std::is_convertible_v<Cell<int>&, CellMemory>,
              "a cell is given back by std::move only");

// A cell of five over an array of this test's own.
class CellTest : public testing::Test {
 protected:
  using Return = RecordingOwner::Return;

  Cell<int> Five() { return Cell<int>::Adopt(memory_, 5, &owner_); }

  int memory_[8] = {10, 11, 12, 13, 14, 15, 16, 17};
  RecordingOwner owner_;
};

TEST_F(CellTest, SeedParity_Row17_IndexRangeSpanAndLength) {
  Cell<int> cell = Five();
  EXPECT_TRUE(cell);
  EXPECT_FALSE(cell.empty());
  EXPECT_EQ(cell.size(), 5u);
  EXPECT_EQ(cell[0], 10);
  EXPECT_EQ(cell[4], 14);
  EXPECT_EQ(cell.data(), memory_);
  EXPECT_EQ(cell.begin(), memory_);
  EXPECT_EQ(cell.end(), memory_ + 5);
  EXPECT_EQ(cell.span().data(), memory_);
  EXPECT_EQ(cell.span().size(), 5u);
  for (int& value : cell) value += 100;
  cell[1] = 1;
  cell.span()[2] = 2;
  cell.span().subspan(3, 1)[0] = 3;
  EXPECT_EQ(std::vector<int>(memory_, memory_ + 6),
            (std::vector<int>{110, 1, 2, 3, 114, 15}));
}

TEST_F(CellTest, SeedParity_Row17_AConstCellIsReadOnly) {
  const Cell<int> cell = Five();
  static_assert(std::is_same_v<decltype(cell[0]), const int&>);
  static_assert(std::is_same_v<decltype(cell.data()), const int*>);
  static_assert(std::is_same_v<decltype(cell.begin()), const int*>);
  static_assert(std::is_same_v<decltype(cell.end()), const int*>);
  static_assert(std::is_same_v<decltype(cell.span()), std::span<const int>>);
  EXPECT_EQ(cell[3], 13);
  EXPECT_EQ(cell.data(), memory_);
  EXPECT_EQ(cell.span().back(), 14);
  EXPECT_EQ(std::accumulate(cell.begin(), cell.end(), 0), 60);
}

TEST_F(CellTest, SeedParity_Row17_DefaultMadeIsEmpty) {
  {
    Cell<int> cell;
    EXPECT_FALSE(cell);
    EXPECT_TRUE(cell.empty());
    EXPECT_EQ(cell.size(), 0u);
    EXPECT_EQ(cell.block_size(), 0u);
    EXPECT_EQ(cell.data(), nullptr);
    EXPECT_EQ(cell.begin(), cell.end());
    EXPECT_TRUE(cell.span().empty());
    cell.Narrow(0);
    FreeIn(owner_, cell);
  }
  EXPECT_TRUE(owner_.returns.empty());
}

TEST_F(CellTest, SeedParity_Row17_MovingHandsTheMemoryOver) {
  Cell<int> first = Five();
  Cell<int> second = std::move(first);
  EXPECT_EQ(second.data(), memory_);
  EXPECT_EQ(second.size(), 5u);
  EXPECT_FALSE(first);  // NOLINT: what is left after the move is the claim
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(first.size(), 0u);
  EXPECT_EQ(first.block_size(), 0u);
  EXPECT_TRUE(owner_.returns.empty());
}

TEST_F(CellTest, MoveAssignmentGivesBackWhatWasHeld) {
  int other_memory[3] = {};
  Cell<int> cell = Cell<int>::Adopt(other_memory, 3, &owner_);
  cell = Five();
  EXPECT_EQ(cell.data(), memory_);
  EXPECT_EQ(owner_.returns, (std::vector<Return>{{other_memory, 12}}));
  cell = Cell<int>();
  EXPECT_FALSE(cell);
  EXPECT_EQ(cell.span().size(), 0u);
  EXPECT_EQ(owner_.returns,
            (std::vector<Return>{{other_memory, 12}, {memory_, 20}}));
}

TEST_F(CellTest, MoveAssignmentTakesTheOwnerAlong) {
  RecordingOwner other_owner;
  {
    int other_memory[3] = {};
    Cell<int> cell = Cell<int>::Adopt(other_memory, 3, &other_owner);
    cell = Five();
    EXPECT_EQ(other_owner.returns.size(), 1u);
  }
  EXPECT_EQ(other_owner.returns.size(), 1u);
  EXPECT_EQ(owner_.returns, (std::vector<Return>{{memory_, 20}}));
}

TEST_F(CellTest, SelfMoveChangesNothing) {
  Cell<int> cell = Five();
  cell.Narrow(2);
  Cell<int>& same = cell;
  cell = std::move(same);
  EXPECT_EQ(cell.size(), 2u);
  EXPECT_EQ(cell.block_size(), 5u);
  EXPECT_EQ(cell[1], 11);
  EXPECT_TRUE(owner_.returns.empty());
}

TEST_F(CellTest, SelfMoveOfAConsumedCellLeavesItConsumed) {
  Cell<int> cell = Five();
  FreeIn(owner_, cell);
  Cell<int>& same = cell;
  cell = std::move(same);
  EXPECT_FALSE(cell);
  EXPECT_EQ(owner_.returns.size(), 1u);
}

TEST_F(CellTest, GoesBackOnceAtTheEndOfItsScope) {
  {
    Cell<int> cell = Five();
    Cell<int> other = std::move(cell);
    cell = std::move(other);
    EXPECT_TRUE(owner_.returns.empty());
  }
  EXPECT_EQ(owner_.returns, (std::vector<Return>{{memory_, 20}}));
}

TEST_F(CellTest, FreedByTheUserItDoesNotGoBackAgain) {
  {
    Cell<int> cell = Five();
    FreeIn(owner_, cell);
    EXPECT_FALSE(cell);
    EXPECT_EQ(cell.size(), 0u);
    EXPECT_EQ(cell.block_size(), 0u);
    EXPECT_EQ(owner_.returns, (std::vector<Return>{{memory_, 20}}));
  }
  EXPECT_EQ(owner_.returns.size(), 1u);
}

TEST_F(CellTest, AConsumedCellCanBeAssignedAndUsedAgain) {
  Cell<int> cell = Five();
  FreeIn(owner_, cell);
  cell = Five();
  EXPECT_EQ(cell[4], 14);
  FreeIn(owner_, cell);
  EXPECT_EQ(owner_.returns.size(), 2u);
}

TEST_F(CellTest, MovingAConsumedCellMakesAConsumedOne) {
  Cell<int> cell = Five();
  FreeIn(owner_, cell);
  Cell<int> other = std::move(cell);
  EXPECT_FALSE(other);
  EXPECT_EQ(other.size(), 0u);
  EXPECT_EQ(other.block_size(), 0u);
  EXPECT_EXIT((void)other.data(), testing::KilledBySignal(SIGABRT),
              "use of a cell after it was freed or moved from");
}

TEST_F(CellTest, SeedParity_Row50_NarrowShowsAPrefixOfTheBlock) {
  {
    Cell<int> cell = Five();
    EXPECT_EQ(cell.block_size(), 5u);
    cell.Narrow(2);
    EXPECT_EQ(cell.size(), 2u);
    EXPECT_EQ(cell.block_size(), 5u);
    EXPECT_EQ(cell.data(), memory_);
    EXPECT_EQ(cell.end(), memory_ + 2);
    EXPECT_EQ(cell.span().size(), 2u);
    cell.Narrow(0);
    EXPECT_TRUE(cell.empty());
    EXPECT_TRUE(cell) << "it still has its memory";
    EXPECT_EQ(cell.begin(), cell.end());
    cell.Narrow(5);
    EXPECT_EQ(cell[4], 14);
    cell.Narrow(1);
    Cell<int> moved = std::move(cell);
    EXPECT_EQ(moved.size(), 1u);
    EXPECT_EQ(moved.block_size(), 5u);
  }
  EXPECT_EQ(owner_.returns, (std::vector<Return>{{memory_, 20}}))
      << "the whole block goes back";
}

// As first fit may hand out: 22 bytes for integers of 4.
TEST_F(CellTest, SeedParity_Row50_BytesBeyondTheLastElementGoBackToo) {
  {
    Cell<int> cell = Cell<int>::Adopt(CellMemory{memory_, 22, &owner_});
    EXPECT_EQ(cell.size(), 5u);
    EXPECT_EQ(cell.block_size(), 5u);
    EXPECT_EQ(cell.end(), memory_ + 5);
    Cell<int> moved = std::move(cell);
    EXPECT_EQ(moved.block_size(), 5u);
    cell = Cell<int>::Adopt(CellMemory{memory_, 22, &owner_});
    const CellMemory memory = std::move(cell);
    EXPECT_EQ(memory.bytes, 22u);
  }
  EXPECT_EQ(owner_.returns, (std::vector<Return>{{memory_, 22}}));
}

TEST_F(CellTest, SeedParity_Row50_ANarrowedCellIsFreedWhole) {
  Cell<int> cell = Five();
  cell.Narrow(1);
  const CellMemory memory = std::move(cell);
  EXPECT_EQ(memory.data, memory_);
  EXPECT_EQ(memory.bytes, 20u);
  EXPECT_EQ(memory.owner, &owner_);
}

}  // namespace
}  // namespace cellblock
