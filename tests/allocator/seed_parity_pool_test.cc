// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the ancestor promises of particular pools. The names carry the rows of
// docs/seed_parity.md.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"

namespace cellblock {
namespace {

constexpr size_t kMiB = 1024 * 1024;

// It remembers as many free blocks as it has slots, and counts the others.
TEST(SeedParityPool, SeedParity_Row07_SlotsAreChosenAtRunTime) {
  for (size_t slots : {1, 2, 7, 64, 5000}) {
    const size_t cells = slots + 5;
    const size_t bytes = 100 * cells;
    // The slots are apart from the pool: they take none of its bytes.
    std::vector<uint8_t> memory(bytes);
    Result<HeapPrealloc> pool = HeapPrealloc::Create(
        Region::Borrow(memory.data(), bytes), CallocRegion(16 * slots + 1024),
        {.discipline = Discipline::kFirstFit, .slots = slots});
    ASSERT_TRUE(pool.ok()) << Message(pool.error());
    std::vector<Cell<uint8_t>> live(cells);
    for (Cell<uint8_t>& cell : live) cell = pool->AllocCell<uint8_t>(100);
    ASSERT_EQ(pool->FreeBytes(), 0u);
    live.clear();
    EXPECT_EQ(pool->FreeBytes(), 100 * slots);
    EXPECT_EQ(pool->stats().lost_bytes, 500u);
    for (size_t i = 0; i < slots; ++i) {
      live.push_back(pool->AllocCell<uint8_t>(100));
      ASSERT_TRUE(live.back()) << i;
    }
    EXPECT_FALSE(pool->AllocCell<uint8_t>(1));
    EXPECT_TRUE(IsSound(*pool));
  }
}

class SecondPool : public testing::TestWithParam<Discipline> {};

INSTANTIATE_TEST_SUITE_P(Disciplines, SecondPool, kDisciplines, DisciplineName);

// The first leaves it dirty throughout, its table included.
TEST_P(SecondPool, SeedParity_Row23_OverTheSameBufferIsZeroToo) {
  static uint8_t buffer[64 * 1024];
  for (size_t bytes : {sizeof(buffer), sizeof(buffer) / 2, sizeof(buffer)}) {
    Result<HeapPrealloc> pool = HeapPrealloc::Create(
        Region::Borrow(buffer, bytes), {.discipline = GetParam(), .slots = 4});
    ASSERT_TRUE(pool.ok());
    Cell<uint8_t> cell = pool->AllocCell<uint8_t>(pool->stats().pool_bytes);
    ASSERT_TRUE(cell);
    EXPECT_TRUE(IsAll(cell.data(), 0, cell.size()));
    std::memset(cell.data(), 0xEE, cell.size());
    FreeIn(*pool, cell);
    cell = pool->AllocCell<uint8_t>(100);
    EXPECT_TRUE(IsAll(cell.data(), 0, cell.size()));
    EXPECT_TRUE(IsSound(*pool));
  }
}

TEST_P(SecondPool, SeedParity_Row23_OverTheSameBufferIsLeftAsItWas) {
  std::vector<uint8_t> buffer(64 * 1024);
  uint8_t held = 0;
  for (uint8_t paint : {1, 2, 3}) {
    Result<HeapPrealloc> pool = HeapPrealloc::Create(
        Region::Borrow(buffer.data(), buffer.size()), CallocRegion(kMiB),
        {.fill = Fill::kUninitialized, .discipline = GetParam(), .slots = 4});
    ASSERT_TRUE(pool.ok());
    Cell<uint8_t> cell = pool->AllocCell<uint8_t>(pool->stats().pool_bytes);
    ASSERT_TRUE(cell);
    EXPECT_TRUE(IsAll(cell.data(), held, cell.size()));
    std::memset(cell.data(), paint, cell.size());
    held = paint;
  }
}

TEST(SeedParityPool, SeedParity_Row25_TwoHundredMiBServeOneCell) {
  for (Discipline discipline :
       {Discipline::kCoalescing, Discipline::kFirstFit}) {
    HeapPrealloc pool =
        MakePool(200 * kMiB, {.discipline = discipline, .slots = kMiB});
    Cell<uint8_t> cell = pool.AllocCell<uint8_t>(200 * kMiB);
    ASSERT_TRUE(cell);
    cell[0] = cell[200 * kMiB - 1] = 1;
    EXPECT_FALSE(pool.AllocCell<uint8_t>(1));
    FreeIn(pool, cell);
    EXPECT_EQ(pool.LargestFree(), 200 * kMiB);
  }
}

TEST(SeedParityPool, SeedParity_Row25_AMebiOfSlotsAreAllOfUse) {
  constexpr size_t kSlots = kMiB;
  HeapPrealloc pool = MakePool(200 * kMiB, {.fill = Fill::kUninitialized,
                                            .discipline = Discipline::kFirstFit,
                                            .slots = kSlots});
  std::vector<Cell<uint8_t>> cells(kSlots);
  for (int round = 0; round < 2; ++round) {
    for (Cell<uint8_t>& cell : cells) cell = pool.AllocCell<uint8_t>(200);
    EXPECT_EQ(pool.FreeBytes(), 0u);
    for (Cell<uint8_t>& cell : cells) cell = Cell<uint8_t>();
    EXPECT_EQ(pool.FreeBytes(), 200 * kMiB);
  }
  EXPECT_EQ(pool.stats().lost_bytes, 0u);
  EXPECT_EQ(pool.stats().allocations, 2 * kSlots);
}

// As many live cells as that, under the project's own discipline.
TEST(SeedParityPool, SeedParity_Row25_AMebiOfCellsMergeAgain) {
  constexpr size_t kCells = kMiB;
  HeapPrealloc pool = MakePool(200 * kMiB, {.fill = Fill::kUninitialized});
  std::vector<Cell<uint8_t>> cells(kCells);
  for (Cell<uint8_t>& cell : cells) {
    cell = pool.AllocCell<uint8_t>(128);
    ASSERT_TRUE(cell);
  }
  // Every other one first: none of these has a free neighbour.
  for (size_t first : {0, 1}) {
    for (size_t i = first; i < kCells; i += 2) cells[i] = Cell<uint8_t>();
  }
  EXPECT_EQ(pool.LargestFree(), 200 * kMiB);
  EXPECT_TRUE(IsWhole(pool));
}

}  // namespace
}  // namespace cellblock
