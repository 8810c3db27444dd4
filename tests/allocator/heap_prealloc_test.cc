// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap_prealloc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"
#include "tests/allocator/region_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

static_assert(!std::is_copy_constructible_v<HeapPrealloc>);
static_assert(std::is_nothrow_move_constructible_v<HeapPrealloc>);
static_assert(std::is_nothrow_move_assignable_v<HeapPrealloc>);

bool IsAligned(const void* address, size_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

class HeapPreallocTest : public testing::TestWithParam<Discipline> {
 protected:
  template <typename T>
  static HeapPrealloc MakePoolFor(size_t bytes) {
    return MakePoolOf<T>(GetParam(), bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(Disciplines, HeapPreallocTest, kDisciplines,
                         DisciplineName);

TEST_P(HeapPreallocTest, FreeCellTakesACellBack) {
  HeapPrealloc pool = MakePoolFor<int>(64 * kKiB);
  Cell<int> cell = pool.AllocCell<int>(10);
  ASSERT_TRUE(cell);
  EXPECT_EQ(pool.stats().allocations, 1u);
  FreeIn(pool, cell);
  EXPECT_FALSE(cell);
  EXPECT_EQ(cell.size(), 0u);
  EXPECT_EQ(pool.stats().frees, 1u);
  pool.FreeCell(pool.AllocCell<int>(1));
  EXPECT_EQ(pool.stats().frees, 2u);
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(HeapPreallocTest, NoElementsTakeNoMemory) {
  HeapPrealloc pool = MakePoolFor<int>(4 * kKiB);
  Cell<int> cell = pool.AllocCell<int>(0);
  EXPECT_FALSE(cell);
  EXPECT_TRUE(cell.empty());
  EXPECT_EQ(pool.last_error(), AllocatorError::kNone);
  EXPECT_TRUE(pool.TryAllocCell<int>(0).ok());
  FreeIn(pool, cell);
  EXPECT_EQ(pool.stats().allocations, 0u);
  EXPECT_EQ(pool.stats().frees, 0u);
  // Nor from a pool that has none left.
  const Cell<int> all = pool.AllocCell<int>(1024);
  EXPECT_TRUE(pool.TryAllocCell<int>(0).ok());
  EXPECT_EQ(pool.stats().exhausted, 0u);
}

TEST_P(HeapPreallocTest, ExhaustionIsAnEmptyCellWithAReason) {
  HeapPrealloc pool = MakePoolFor<int>(4 * kKiB);
  EXPECT_FALSE(pool.AllocCell<int>(1025));
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
  EXPECT_EQ(pool.stats().exhausted, 1u);
  EXPECT_EQ(pool.stats().last_exhaustion.asked, 4100u);
  EXPECT_EQ(pool.stats().last_exhaustion.largest_free, 4096u);
  EXPECT_EQ(pool.stats().last_exhaustion.short_by, pool.stats().unit_bytes);
  EXPECT_EQ(pool.TryAllocCell<int>(1025).error(), AllocatorError::kExhausted);
  const Cell<int> fits = pool.AllocCell<int>(1024);
  EXPECT_TRUE(fits);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNone);
}

TEST_P(HeapPreallocTest, TryAllocCellGivesTheCell) {
  HeapPrealloc pool = MakePoolFor<int>(4 * kKiB);
  Result<Cell<int>> cell = pool.TryAllocCell<int>(10);
  ASSERT_TRUE(cell.ok());
  (*cell)[9] = 1;
  const Cell<int> owned = std::move(cell).value();
  EXPECT_EQ(owned[9], 1);
}

TEST_P(HeapPreallocTest, CountTimesSizeDoesNotWrap) {
  HeapPrealloc pool = MakePoolFor<uint64_t>(4 * kKiB);
  for (size_t count :
       {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8 + 2, (size_t{1} << 61) + 10}) {
    EXPECT_FALSE(pool.AllocCell<uint64_t>(count)) << count;
    EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
    EXPECT_EQ(pool.stats().last_exhaustion.asked, SIZE_MAX);
  }
  EXPECT_TRUE(IsWhole(pool));
}

struct Rgb {
  uint8_t red, green, blue;
};
struct Pair {
  uint32_t first, second;
};

// Near fits are longer than asked, by what need not be whole elements.
TEST_P(HeapPreallocTest, CellsOfElementsThatAreNoUnitGoBackWhole) {
  HeapPrealloc pool = MakePoolFor<uint32_t>(64 * kKiB);
  Random random(TestSeed());
  std::vector<Cell<Rgb>> pixels(40);
  std::vector<Cell<Pair>> pairs(40);
  for (int step = 0; step < 5000; ++step) {
    const size_t count = 1 + random.Below(50);
    Cell<Rgb>& pixel = pixels[random.Below(40)];
    Cell<Pair>& pair = pairs[random.Below(40)];
    pixel = pool.AllocCell<Rgb>(count);
    pair = pool.AllocCell<Pair>(count);
    if (!pixel || !pair) continue;
    ASSERT_GE(pixel.size(), count);
    ASSERT_GE(pair.size(), count);
    pixel[pixel.size() - 1].blue = 1;
    pair[pair.size() - 1].second = 1;
  }
  pixels.clear();
  pairs.clear();
  EXPECT_TRUE(IsWhole(pool));
}

TEST_P(HeapPreallocTest, ScrubClearsWhatComesBack) {
  std::vector<uint64_t> memory(2 * kKiB);
  Result<HeapPrealloc> pool = HeapPrealloc::Create(
      Region::Borrow(memory.data(), 16 * kKiB), {.fill = Fill::kUninitialized,
                                                 .scrub = Scrub::kOnFree,
                                                 .discipline = GetParam(),
                                                 .slots = 16});
  ASSERT_TRUE(pool.ok());
  uint8_t* where[2];
  {
    Cell<uint8_t> freed = pool->AllocCell<uint8_t>(1000);
    Cell<uint8_t> dropped = pool->AllocCell<uint8_t>(1000);
    std::memset(freed.data(), 0xEE, freed.size());
    std::memset(dropped.data(), 0xEE, dropped.size());
    where[0] = freed.data();
    where[1] = dropped.data();
    pool->FreeCell(std::move(freed));
    EXPECT_TRUE(IsAll(where[1], 0xEE, 1000));
  }
  EXPECT_TRUE(IsAll(where[0], 0, 1000));
  EXPECT_TRUE(IsAll(where[1], 0, 1000));
}

TEST_P(HeapPreallocTest, MovingThePoolLeavesCellsValid) {
  HeapPrealloc pool = MakePoolFor<int>(64 * kKiB);
  Cell<int> cell = pool.AllocCell<int>(10);
  cell[0] = 5;
  HeapPrealloc moved = std::move(pool);
  EXPECT_EQ(cell[0], 5);
  EXPECT_EQ(moved.stats().allocations, 1u);
  FreeIn(moved, cell);
  EXPECT_TRUE(IsWhole(moved));
  HeapPrealloc other = MakePoolFor<int>(4 * kKiB);
  other = std::move(moved);
  EXPECT_FALSE(moved.AllocCell<int>(1));  // NOLINT: what is left is the claim
  EXPECT_EQ(other.stats().allocations, 1u);
  EXPECT_TRUE(other.AllocCell<int>(8 * kKiB));
  HeapPrealloc& same = other;
  other = std::move(same);
  EXPECT_TRUE(other.AllocCell<int>(8 * kKiB));
}

TEST_P(HeapPreallocTest, AMovedFromPoolServesNothing) {
  HeapPrealloc pool = MakePoolFor<int>(64 * kKiB);
  const HeapPrealloc moved = std::move(pool);
  // NOLINTBEGIN: what is left after the move is the claim.
  EXPECT_FALSE(pool.AllocCell<int>(1));
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
  EXPECT_FALSE(pool.TryAllocCell<int>(1).ok());
  EXPECT_EQ(pool.AllocateBlock(1), nullptr);
  EXPECT_EQ(pool.ReallocateBlock(nullptr, 1), nullptr);
  pool.FreeBlock(nullptr);
  EXPECT_EQ(pool.UsableSize(&pool), 0u);
  EXPECT_EQ(pool.Grow(Region::Map({.bytes = 4096})),
            AllocatorError::kZeroBytes);
  EXPECT_EQ(pool.Admit(1).error, AllocatorError::kExhausted);
  EXPECT_EQ(pool.SetLimit(1, 1), AllocatorError::kNoSuchOwner);
  EXPECT_EQ(pool.owner_stats(1).limit_bytes, 0u);
  EXPECT_EQ(pool.stats().pool_bytes, 0u);
  EXPECT_EQ(pool.FreeBytes(), 0u);
  EXPECT_EQ(pool.LargestFree(), 0u);
  EXPECT_EQ(pool.Fragmentation(), 0);
  EXPECT_TRUE(IsWhole(pool));
  pool.RetainMemory();
  // NOLINTEND
}

struct alignas(512) OverAligned {
  char bytes[512];
};

TEST(HeapPreallocAlignmentTest, SeedParity_Row28_SixteenUnlessMoreIsAsked) {
  HeapPrealloc pool = MakePool(kKiB * kKiB);
  std::vector<Cell<uint8_t>> cells;
  for (size_t bytes = 1; bytes < 300; ++bytes) {
    cells.push_back(pool.AllocCell<uint8_t>(bytes));
    ASSERT_TRUE(cells.back());
    EXPECT_TRUE(IsAligned(cells.back().data(), 16)) << bytes;
  }
  EXPECT_TRUE(IsSound(pool));
}

TEST(HeapPreallocAlignmentTest, SeedParity_Row28_AnyPowerOfTwoOnRequest) {
  // A page beside a multiple of every larger power of two.
  HeapPrealloc pool = MakePool(8 * kKiB * kKiB);
  for (size_t alignment = 1; alignment <= 2 * kKiB * kKiB; alignment *= 2) {
    const Cell<uint8_t> small = pool.AllocCell<uint8_t>(1);
    Cell<uint8_t> cell =
        pool.AllocCell<uint8_t>(1000, {.alignment = alignment});
    ASSERT_TRUE(cell) << alignment;
    EXPECT_TRUE(IsAligned(cell.data(), alignment)) << alignment;
    std::memset(cell.data(), 0xFF, cell.size());
    const Cell<uint8_t> tried =
        pool.TryAllocCell<uint8_t>(1, {.alignment = alignment}).value();
    EXPECT_TRUE(IsAligned(tried.data(), alignment)) << alignment;
    EXPECT_TRUE(IsSound(pool));
  }
  EXPECT_TRUE(IsWhole(pool));
  // More than the pool can have is a matter of space.
  EXPECT_FALSE(pool.AllocCell<uint8_t>(1, {.alignment = size_t{1} << 63}));
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
}

TEST(HeapPreallocAlignmentTest, TheElementsAlignmentIsTheLeast) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  const Cell<char> first = pool.AllocCell<char>(1);
  const Cell<OverAligned> over = pool.AllocCell<OverAligned>(3);
  ASSERT_TRUE(over);
  EXPECT_TRUE(IsAligned(over.data(), 512));
  const Cell<OverAligned> less =
      pool.AllocCell<OverAligned>(1, {.alignment = 2});
  ASSERT_TRUE(less);
  EXPECT_TRUE(IsAligned(less.data(), 512));
}

TEST(HeapPreallocAlignmentTest, WhatIsNoPowerOfTwoIsRefused) {
  for (Discipline discipline :
       {Discipline::kCoalescing, Discipline::kFirstFit}) {
    HeapPrealloc pool = MakePoolOf<OverAligned>(discipline, 64 * kKiB);
    for (size_t alignment : {0, 3, 48}) {
      EXPECT_FALSE(pool.AllocCell<char>(1, {.alignment = alignment}));
      EXPECT_EQ(pool.last_error(), AllocatorError::kBadAlignment);
    }
    EXPECT_EQ(pool.TryAllocCell<OverAligned>(1, {.alignment = 0}).error(),
              AllocatorError::kBadAlignment);
    EXPECT_EQ(pool.stats().exhausted, 0u);
  }
}

TEST(HeapPreallocAlignmentTest, FirstFitHasTheAlignmentOfItsUnitAndBase) {
  HeapPrealloc bytes = MakePoolOf<uint8_t>(Discipline::kFirstFit, 4 * kKiB);
  EXPECT_TRUE(bytes.AllocCell<char>(3));
  EXPECT_FALSE(bytes.AllocCell<int>(1));
  EXPECT_EQ(bytes.last_error(), AllocatorError::kBadAlignment);
  HeapPrealloc ints = MakePoolOf<int>(Discipline::kFirstFit, 4 * kKiB);
  EXPECT_TRUE(ints.AllocCell<int>(1, {.alignment = 4}));
  EXPECT_FALSE(ints.AllocCell<int>(1, {.alignment = 8}));
  HeapPrealloc large = MakePoolOf<OverAligned>(Discipline::kFirstFit, 4 * kKiB);
  for (int i = 0; i < 4; ++i) {
    Cell<OverAligned> cell = large.AllocCell<OverAligned>(2);
    ASSERT_TRUE(cell);
    EXPECT_TRUE(IsAligned(cell.data(), 512));
  }
}

TEST(HeapPreallocZeroTest, SeedParity_Row27_ReusedMemoryIsZero) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  Random random(TestSeed());
  std::vector<Cell<uint8_t>> cells(30);
  for (int step = 0; step < 20'000; ++step) {
    Cell<uint8_t>& cell = cells[random.Below(30)];
    cell = pool.AllocCell<uint8_t>(random.LogUniform(13));
    if (!cell) continue;
    ASSERT_TRUE(IsAll(cell.data(), 0, cell.size())) << "step " << step;
    std::memset(cell.data(), 0xEE, cell.size());
  }
  EXPECT_GT(pool.stats().ever_bytes, 100 * pool.stats().pool_bytes);
}

TEST(HeapPreallocZeroTest, SeedParity_Row27_NeverUsedMemoryIsNotCleared) {
  Result<Region> region = Region::Map({.bytes = 64 * kKiB * kKiB});
  ASSERT_TRUE(region.ok());
  std::byte* const base = region->data();
  const auto resident = [base] {
    Result<Region> same = Region::Borrow(base, 64 * kKiB * kKiB);
    return ResidentPages(*same);
  };
  Result<HeapPrealloc> pool = HeapPrealloc::Create(std::move(region));
  ASSERT_TRUE(pool.ok());
  Cell<uint8_t> first = pool->AllocCell<uint8_t>(32 * kKiB * kKiB);
  ASSERT_TRUE(first);
  EXPECT_EQ(resident(), 0u);
  first[0] = 1;
  const size_t touched = resident();
  pool->FreeCell(std::move(first));
  // Of this only the front was used before.
  const Cell<uint8_t> second = pool->AllocCell<uint8_t>(48 * kKiB * kKiB);
  ASSERT_TRUE(second);
  EXPECT_GT(resident(), touched);
  EXPECT_LT(resident(), 40 * kKiB * kKiB / kPage);
}

// What a run gets depends on what it asks for, not on where the pool is, how
// large it is, or what was there before.
TEST(HeapPreallocZeroTest, SeedParity_Row27_RunsAreDeterministic) {
  struct Run {
    std::vector<std::pair<size_t, size_t>> cells;  // offset and size
    uint64_t sum = 0;
    uint64_t needed = 0;
    bool operator==(const Run&) const = default;
  };
  const uint64_t seed = TestSeed();
  const auto run = [seed](Result<Region> region) {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create(std::move(region), {.unit = 16});
    Run result;
    Random random(seed);
    std::vector<Cell<uint8_t>> cells(50);
    const uint8_t* base = nullptr;
    for (int step = 0; step < 5000; ++step) {
      Cell<uint8_t>& cell = cells[random.Below(50)];
      cell = pool->AllocCell<uint8_t>(random.LogUniform(12));
      if (!cell) return Run();
      if (base == nullptr) base = cell.data();
      result.cells.emplace_back(cell.data() - base, cell.size());
      for (uint8_t byte : cell) result.sum = result.sum * 31 + byte;
      std::memset(cell.data(), step, cell.size());
    }
    result.needed = pool->stats().NeededBytes();
    return result;
  };
  std::vector<uint64_t> dirty(128 * kKiB, ~uint64_t{0});
  const Run mapped = run(Region::Map({.bytes = 16 * kKiB * kKiB}));
  EXPECT_GT(mapped.needed, 0u);
  EXPECT_EQ(mapped, run(Region::Map({.bytes = 512 * kKiB})));
  EXPECT_EQ(mapped, run(Region::Borrow(dirty.data(), 1024 * kKiB)));
}

}  // namespace
}  // namespace cellblock
