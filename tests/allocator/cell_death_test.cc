// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the reader of a cell can do wrong, at run time, in every build: Clang's
// analysis is held against the same mistakes in consumed_compile_fail_test.sh.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

#include "allocator/cell.h"
#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr char kUse[] =
    "^cellblock: use of a cell after it was freed or moved from\n$";
constexpr char kFree[] =
    "^cellblock: double free of a cell: it was freed or moved from already\n$";

class CellDeathTest : public testing::TestWithParam<Discipline> {
 protected:
  CellDeathTest()
      : pool_(MakePoolOf<int>(GetParam(), 64 * kKiB)),
        other_pool_(MakePoolOf<int>(GetParam(), 64 * kKiB)) {}

  void TearDown() override {
    EXPECT_TRUE(IsWhole(pool_));
    EXPECT_TRUE(IsWhole(other_pool_));
  }

  HeapPrealloc pool_;
  HeapPrealloc other_pool_;
};

TEST_P(CellDeathTest, SeedParity_Row17_TheIndexIsChecked) {
  Cell<int> cell = pool_.AllocCell<int>(300);
  cell.Narrow(3);
  EXPECT_EXIT(cell[3] = 1, testing::KilledBySignal(SIGABRT),
              "^cellblock: index 3 is out of range: the cell has 3 elements");
  const Cell<int>& view = cell;
  EXPECT_EXIT((void)view[SIZE_MAX], testing::KilledBySignal(SIGABRT),
              "^cellblock: index 18446744073709551615 is out of range");
  Cell<int> empty;
  EXPECT_EXIT(empty[0] = 1, testing::KilledBySignal(SIGABRT),
              "^cellblock: index 0 is out of range: the cell has 0 elements");
}

TEST_P(CellDeathTest, SeedParity_Row50_APrefixIsNotLongerThanTheBlock) {
  Cell<int> cell = pool_.AllocCell<int>(300);
  const size_t all = cell.block_size();
  cell.Narrow(1);
  EXPECT_EXIT(cell.Narrow(all + 1), testing::KilledBySignal(SIGABRT),
              "^cellblock: index [0-9]+ is out of range: the cell has [0-9]+ ");
  cell.Narrow(all);
  EXPECT_EQ(cell.size(), all);
  Cell<int> empty;
  EXPECT_EXIT(empty.Narrow(1), testing::KilledBySignal(SIGABRT),
              "^cellblock: index 1 is out of range: the cell has 0 elements");
}

struct Accessor {
  const char* name;
  std::function<void(Cell<int>&)> use;
};

const Accessor kAccessors[] = {
    {"operator[]", [](Cell<int>& cell) { cell[0] = 1; }},
    {"data", [](Cell<int>& cell) { (void)cell.data(); }},
    {"begin", [](Cell<int>& cell) { (void)cell.begin(); }},
    {"end", [](Cell<int>& cell) { (void)cell.end(); }},
    {"span", [](Cell<int>& cell) { (void)cell.span(); }},
    {"const operator[]", [](const Cell<int>& cell) { EXPECT_EQ(cell[0], 0); }},
    {"const data", [](const Cell<int>& cell) { (void)cell.data(); }},
    {"const begin", [](const Cell<int>& cell) { (void)cell.begin(); }},
    {"const end", [](const Cell<int>& cell) { (void)cell.end(); }},
    {"const span", [](const Cell<int>& cell) { (void)cell.span(); }},
    {"Narrow", [](Cell<int>& cell) { cell.Narrow(1); }},
    {"Narrow to nothing", [](Cell<int>& cell) { cell.Narrow(0); }},
    {"range for",
     [](Cell<int>& cell) {
       for (int& value : cell) value = 1;
     }},
};

TEST_P(CellDeathTest, SeedParity_Row18_EveryUseAfterFreeIsReported) {
  for (const Accessor& accessor : kAccessors) {
    SCOPED_TRACE(accessor.name);
    Cell<int> cell = pool_.AllocCell<int>(3);
    accessor.use(cell);
    FreeIn(pool_, cell);
    EXPECT_EXIT(accessor.use(cell), testing::KilledBySignal(SIGABRT), kUse);
  }
}

TEST_P(CellDeathTest, SeedParity_Row18_EveryUseAfterMoveIsReported) {
  for (const Accessor& accessor : kAccessors) {
    SCOPED_TRACE(accessor.name);
    Cell<int> cell = pool_.AllocCell<int>(3);
    const Cell<int> moved = std::move(cell);
    EXPECT_EXIT(accessor.use(cell), testing::KilledBySignal(SIGABRT), kUse);
    Cell<int> another = pool_.AllocCell<int>(3);
    cell = std::move(another);
    accessor.use(cell);
    EXPECT_EXIT(accessor.use(another), testing::KilledBySignal(SIGABRT), kUse);
  }
}

TEST_P(CellDeathTest, SeedParity_Row18_ASecondFreeIsReported) {
  Cell<int> cell = pool_.AllocCell<int>(3);
  FreeIn(pool_, cell);
  EXPECT_EXIT(FreeIn(pool_, cell), testing::KilledBySignal(SIGABRT), kFree);
  // Also where the memory has gone to another cell.
  const Cell<int> next = pool_.AllocCell<int>(3);
  EXPECT_EXIT(FreeIn(pool_, cell), testing::KilledBySignal(SIGABRT), kFree);
}

TEST_P(CellDeathTest, SeedParity_Row18_AFreeAfterMoveIsReported) {
  Cell<int> cell = pool_.AllocCell<int>(3);
  const Cell<int> moved = std::move(cell);
  EXPECT_EXIT(FreeIn(pool_, cell), testing::KilledBySignal(SIGABRT), kFree);
}

TEST_P(CellDeathTest, ACellOfAnotherPoolIsReported) {
  Cell<int> cell = pool_.AllocCell<int>(3);
  EXPECT_EXIT(
      FreeIn(other_pool_, cell), testing::KilledBySignal(SIGABRT),
      "^cellblock: foreign free of 0x[0-9a-f]+: it is not in this pool");
}

// The handle is copied byte by byte, which the type system cannot see.
TEST_P(CellDeathTest, SeedParity_Row18_ADropOfFreedMemoryIsReported) {
  const auto drop_twice = [this] {
    Cell<int> cell = pool_.AllocCell<int>(3);
    alignas(Cell<int>) unsigned char copy[sizeof(cell)];
    std::memcpy(copy, static_cast<void*>(&cell), sizeof(cell));
    FreeIn(pool_, cell);
    reinterpret_cast<Cell<int>*>(copy)->~Cell<int>();
  };
  EXPECT_EXIT(drop_twice(), testing::KilledBySignal(SIGABRT),
              "^cellblock: double free of 0x[0-9a-f]+: ");
}

INSTANTIATE_TEST_SUITE_P(Disciplines, CellDeathTest, kDisciplines,
                         DisciplineName);

}  // namespace
}  // namespace cellblock
