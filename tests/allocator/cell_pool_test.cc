// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Cells of real pools: elements of every kind, and their way back.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/cell.h"
#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

struct Pixel {
  uint8_t red, green, blue;
};
static_assert(sizeof(Pixel) == 3);

struct Huffman {
  uint16_t symbol;
  double weight;
  std::array<Huffman*, 2> children;
};

struct alignas(64) CacheLine {
  uint8_t bytes[64];
};

struct alignas(4096) Page {
  uint8_t bytes[4096];
};

// Trivially copyable, but with members that cannot be assigned.
struct Fixed {
  const uint32_t value = 5;
};

template <typename T>
class TypedCell : public testing::Test {
 protected:
  // Cells of three sizes side by side, painted all over: none touches another.
  void Exercise(HeapPrealloc& pool) {
    std::vector<Cell<T>> cells;
    for (size_t count : {1, 3, 40}) {
      cells.push_back(pool.AllocCell<T>(count));
      Cell<T>& cell = cells.back();
      ASSERT_TRUE(cell) << Message(pool.last_error());
      EXPECT_EQ(cell.size(), count);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(cell.data()) % alignof(T), 0u);
      EXPECT_TRUE(IsAll(cell.data(), 0, count * sizeof(T)));
      Paint(cell, static_cast<int>(cells.size()));
      EXPECT_TRUE(IsSound(pool));
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      EXPECT_TRUE(IsAll(cells[i].data(), static_cast<uint8_t>(i + 1),
                        cells[i].size() * sizeof(T)));
    }
    // Freed from the middle, and served again from what has been used.
    FreeIn(pool, cells[1]);
    cells[1] = pool.AllocCell<T>(2);
    ASSERT_TRUE(cells[1]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(cells[1].data()) % alignof(T), 0u);
    EXPECT_TRUE(IsAll(cells[1].data(), 0, cells[1].size() * sizeof(T)));
    EXPECT_TRUE(IsAll(cells[0].data(), 1, sizeof(T)));
    EXPECT_TRUE(IsAll(cells[2].data(), 3, 40 * sizeof(T)));
    cells.clear();
    EXPECT_TRUE(IsWhole(pool));
  }

 private:
  static void Paint(Cell<T>& cell, int value) {
    std::memset(static_cast<void*>(cell.data()), value,
                cell.size() * sizeof(T));
  }
};

using Types = testing::Types<uint8_t, int, double, Pixel, Huffman, CacheLine,
                             Page, Fixed, void (*)(int), std::array<int, 7>>;
TYPED_TEST_SUITE(TypedCell, Types);

TYPED_TEST(TypedCell, SeedParity_Row21_CoalescingPool) {
  HeapPrealloc pool =
      MakePoolOf<TypeParam>(Discipline::kCoalescing, 512 * kKiB);
  this->Exercise(pool);
}

TYPED_TEST(TypedCell, SeedParity_Row21_FirstFitPool) {
  HeapPrealloc pool = MakePoolOf<TypeParam>(Discipline::kFirstFit, 512 * kKiB);
  this->Exercise(pool);
}

TEST(TypedCellTest, SeedParity_Row21_OnePoolServesManyTypes) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  const Cell<uint8_t> byte = pool.AllocCell<uint8_t>(1);
  Cell<Huffman> nodes = pool.AllocCell<Huffman>(3);
  const Cell<CacheLine> line = pool.AllocCell<CacheLine>(1);
  Cell<Page> page = pool.AllocCell<Page>(1);
  ASSERT_TRUE(byte && nodes && line && page);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(line.data()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(page.data()) % 4096, 0u);
  nodes[2] = {.symbol = 7, .weight = 0.5, .children = {&nodes[0], &nodes[1]}};
  page[0].bytes[4095] = 1;
  EXPECT_EQ(nodes[2].children[1], &nodes[1]);
  EXPECT_EQ(nodes[0].children[0], nullptr);
  EXPECT_EQ(byte[0], 0);
  EXPECT_TRUE(IsSound(pool));
}

class CellPoolTest : public testing::TestWithParam<Discipline> {};

TEST_P(CellPoolTest, DroppingACellReturnsIt) {
  HeapPrealloc pool = MakePoolOf<int>(GetParam(), 64 * kKiB);
  const size_t all = pool.stats().pool_bytes / sizeof(int);
  {
    const Cell<int> cell = pool.AllocCell<int>(all);
    ASSERT_TRUE(cell);
    EXPECT_FALSE(pool.AllocCell<int>(1));
  }
  EXPECT_TRUE(IsWhole(pool));
  EXPECT_TRUE(pool.AllocCell<int>(all));
}

TEST_P(CellPoolTest, SeedParity_Row50_ANarrowedCellGoesBackWhole) {
  HeapPrealloc pool = MakePoolOf<int>(GetParam(), 64 * kKiB);
  const size_t all = pool.stats().pool_bytes / sizeof(int);
  for (int round = 0; round < 3; ++round) {
    Cell<int> cell = pool.AllocCell<int>(all);
    ASSERT_TRUE(cell);
    cell.Narrow(1);
    EXPECT_FALSE(pool.AllocCell<int>(1));
    if (round == 1) FreeIn(pool, cell);
  }
  EXPECT_TRUE(IsWhole(pool));
  EXPECT_EQ(pool.LargestFree(), pool.stats().pool_bytes);
}

TEST_P(CellPoolTest, SeedParity_Row50_APrefixOfABlockThatFirstFitMadeLonger) {
  HeapPrealloc pool = MakePoolOf<int>(GetParam(), 64 * kKiB);
  pool.FreeCell(pool.AllocCell<int>(40));
  Cell<int> cell = pool.AllocCell<int>(30);
  ASSERT_TRUE(cell);
  EXPECT_EQ(cell.size(), GetParam() == Discipline::kFirstFit ? 40u : 30u);
  EXPECT_EQ(cell.block_size(), cell.size());
  cell.Narrow(30);
  EXPECT_EQ(cell.size(), 30u);
  cell = Cell<int>();
  EXPECT_TRUE(IsWhole(pool));
}

// Two units have six elements and two bytes: these are not shown, and go back
// all the same.
TEST(CellOfUnitsTest, SeedParity_Row21_AnElementNeedNotBeTheUnit) {
  HeapPrealloc pool =
      MakePool(4 * kKiB, {.discipline = Discipline::kFirstFit, .unit = 10});
  for (int round = 0; round < 3; ++round) {
    Cell<Pixel> cell = pool.AllocCell<Pixel>(4);
    ASSERT_TRUE(cell);
    EXPECT_EQ(cell.size(), 6u) << "of 20 bytes";
    EXPECT_EQ(pool.stats().in_use_bytes, 20u);
    cell[5] = {1, 2, 3};
    if (round == 1) FreeIn(pool, cell);
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(CellPoolTest, SeedParity_Row17_CellsOutliveAMoveOfThePool) {
  HeapPrealloc pool = MakePoolOf<int>(GetParam(), 64 * kKiB);
  Cell<int> dropped = pool.AllocCell<int>(10);
  Cell<int> freed = pool.AllocCell<int>(10);
  dropped[9] = 9;
  HeapPrealloc moved = std::move(pool);
  EXPECT_EQ(dropped[9], 9);
  moved.FreeCell(std::move(freed));
  dropped = Cell<int>();
  EXPECT_EQ(moved.stats().frees, 2u);
  EXPECT_TRUE(IsWhole(moved));
}

TEST_P(CellPoolTest, ARefusedCellIsEmptyAndHarmless) {
  HeapPrealloc pool = MakePoolOf<int>(GetParam(), 4 * kKiB);
  Cell<int> cell = pool.AllocCell<int>(4 * kKiB);
  EXPECT_FALSE(cell);
  EXPECT_TRUE(cell.empty());
  EXPECT_EQ(cell.begin(), cell.end());
  EXPECT_EQ(cell.block_size(), 0u);
  FreeIn(pool, cell);
  EXPECT_EQ(pool.stats().frees, 0u);
  cell = pool.AllocCell<int>(1);
  EXPECT_TRUE(cell);
}

INSTANTIATE_TEST_SUITE_P(Disciplines, CellPoolTest, kDisciplines,
                         DisciplineName);

}  // namespace
}  // namespace cellblock
