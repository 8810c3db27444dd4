// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap_prealloc.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

HeapPrealloc MakePool(size_t bytes, Fill fill = Fill::kZeroed) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create({.bytes = bytes, .fill = fill});
  EXPECT_TRUE(pool.ok()) << Message(pool.error());
  return std::move(pool).value();
}

testing::AssertionResult IsSound(const HeapPrealloc& pool) {
  const HeapCheck check = pool.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << check.broken;
}

static_assert(!std::is_copy_constructible_v<HeapPrealloc>);
static_assert(std::is_nothrow_move_constructible_v<HeapPrealloc>);
static_assert(!std::is_copy_constructible_v<Cell<int>>);
static_assert(std::is_nothrow_move_constructible_v<Cell<int>>);

TEST(HeapPreallocTest, CellHoldsWhatIsPutIn) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  Cell<int> cell = pool.Allocate<int>(1000);
  ASSERT_TRUE(cell);
  EXPECT_EQ(cell.size(), 1000u);
  EXPECT_FALSE(cell.empty());
  std::iota(cell.begin(), cell.end(), 0);
  EXPECT_EQ(cell[999], 999);
  const Cell<int>& view = cell;
  EXPECT_EQ(view[5], 5);
  EXPECT_EQ(view.span().size(), 1000u);
  EXPECT_EQ(view.data(), &cell[0]);
  int sum = 0;
  for (int value : view) sum += value;
  EXPECT_EQ(sum, 499'500);
  EXPECT_EQ(cell.span().back(), 999);
}

TEST(HeapPreallocTest, DroppingACellReturnsIt) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  {
    const Cell<char> cell = pool.Allocate<char>(64 * kKiB);
    ASSERT_TRUE(cell);
    EXPECT_FALSE(pool.Allocate<char>(1));
  }
  EXPECT_EQ(pool.stats().in_use_bytes, 0u);
  EXPECT_TRUE(pool.Allocate<char>(64 * kKiB));
  EXPECT_TRUE(IsSound(pool));
}

TEST(HeapPreallocTest, FreeCellConsumes) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  Cell<int> cell = pool.AllocCell<int>(10);
  pool.FreeCell(std::move(cell));
  EXPECT_EQ(pool.stats().frees, 1u);
  EXPECT_FALSE(cell);  // NOLINT: what is left after the move is the claim
  EXPECT_EQ(cell.size(), 0u);
  pool.FreeCell(Cell<int>());
  pool.FreeCell(pool.Allocate<int>(1));
  EXPECT_EQ(pool.stats().frees, 2u);
  EXPECT_EQ(pool.stats().in_use_bytes, 0u);
}

TEST(HeapPreallocTest, MovingACellMovesTheMemory) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  Cell<int> a = pool.Allocate<int>(10);
  a[3] = 33;
  Cell<int> b = std::move(a);
  EXPECT_EQ(b[3], 33);
  EXPECT_FALSE(a);  // NOLINT: ditto
  Cell<int> c = pool.Allocate<int>(5);
  c = std::move(b);
  EXPECT_EQ(c[3], 33);
  EXPECT_EQ(pool.stats().frees, 1u);
  Cell<int>& same = c;
  c = std::move(same);
  EXPECT_EQ(c[3], 33);
  EXPECT_EQ(pool.stats().frees, 1u);
}

TEST(HeapPreallocTest, NoElementsTakeNoMemory) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const Cell<int> cell = pool.Allocate<int>(0);
  EXPECT_FALSE(cell);
  EXPECT_TRUE(cell.empty());
  EXPECT_EQ(cell.begin(), cell.end());
  EXPECT_EQ(pool.last_error(), AllocatorError::kNone);
  EXPECT_TRUE(pool.TryAllocate<int>(0).ok());
  EXPECT_EQ(pool.stats().allocations, 0u);
}

TEST(HeapPreallocTest, ExhaustionIsAnEmptyCellWithAReason) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const Cell<int> cell = pool.Allocate<int>(1025);
  EXPECT_FALSE(cell);
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
  EXPECT_EQ(pool.stats().exhausted, 1u);
  EXPECT_EQ(pool.stats().last_exhaustion.asked, 4100u);
  EXPECT_EQ(pool.stats().last_exhaustion.short_by, 16u);
  EXPECT_EQ(pool.TryAllocate<int>(1025).error(), AllocatorError::kExhausted);
  const Cell<int> fits = pool.Allocate<int>(1024);
  EXPECT_TRUE(fits);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNone);
}

TEST(HeapPreallocTest, TryAllocateGivesTheCell) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  Result<Cell<int>> cell = pool.TryAllocate<int>(10);
  ASSERT_TRUE(cell.ok());
  (*cell)[9] = 1;
  const Cell<int> owned = std::move(cell).value();
  EXPECT_EQ(owned[9], 1);
}

TEST(HeapPreallocTest, CountTimesSizeDoesNotWrap) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  for (size_t count :
       {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8 + 2, (size_t{1} << 61) + 10}) {
    EXPECT_FALSE(pool.Allocate<uint64_t>(count)) << count;
    EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
    EXPECT_EQ(pool.stats().last_exhaustion.asked, SIZE_MAX);
  }
}

struct alignas(512) OverAligned {
  char bytes[512];
};

TEST(HeapPreallocTest, AlignmentIsThatOfTheElementOrMore) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  const Cell<char> first = pool.Allocate<char>(1);
  const Cell<OverAligned> over = pool.Allocate<OverAligned>(3);
  ASSERT_TRUE(over);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(over.data()) % 512, 0u);
  const Cell<char> asked = pool.Allocate<char>(3, {.alignment = 4096});
  ASSERT_TRUE(asked);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(asked.data()) % 4096, 0u);
  const Cell<OverAligned> less =
      pool.Allocate<OverAligned>(1, {.alignment = 2});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(less.data()) % 512, 0u);
  for (size_t alignment : {0, 3, 48}) {
    EXPECT_FALSE(pool.Allocate<char>(1, {.alignment = alignment}));
    EXPECT_EQ(pool.last_error(), AllocatorError::kBadAlignment);
  }
  EXPECT_EQ(pool.TryAllocate<OverAligned>(1, {.alignment = 0}).error(),
            AllocatorError::kBadAlignment);
  EXPECT_EQ(pool.stats().exhausted, 0u);
}

TEST(HeapPreallocTest, FillSaysWhatAReusedCellHolds) {
  for (Fill fill : {Fill::kZeroed, Fill::kUninitialized}) {
    HeapPrealloc pool = MakePool(4 * kKiB, fill);
    Cell<uint8_t> cell = pool.Allocate<uint8_t>(4 * kKiB);
    EXPECT_TRUE(IsAll(cell.data(), 0, 4 * kKiB));
    std::memset(cell.data(), 0xEE, cell.size());
    pool.FreeCell(std::move(cell));
    const Cell<uint8_t> again = pool.Allocate<uint8_t>(4 * kKiB);
    EXPECT_TRUE(
        IsAll(again.data(), fill == Fill::kZeroed ? 0 : 0xEE, 4 * kKiB));
  }
}

TEST(HeapPreallocTest, MovingThePoolLeavesCellsValid) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  Cell<int> cell = pool.Allocate<int>(10);
  cell[0] = 5;
  HeapPrealloc moved = std::move(pool);
  EXPECT_EQ(cell[0], 5);
  EXPECT_EQ(moved.stats().allocations, 1u);
  moved.FreeCell(std::move(cell));
  EXPECT_EQ(moved.stats().in_use_bytes, 0u);
  // NOLINTBEGIN: a moved-from pool serves nothing.
  EXPECT_FALSE(pool.Allocate<int>(1));
  EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
  EXPECT_EQ(pool.stats().pool_bytes, 0u);
  EXPECT_EQ(pool.LargestFree(), 0u);
  EXPECT_TRUE(IsSound(pool));
  // NOLINTEND
  HeapPrealloc other = MakePool(4 * kKiB);
  other = std::move(moved);
  EXPECT_EQ(other.stats().allocations, 1u);
  EXPECT_TRUE(other.Allocate<char>(64 * kKiB));
}

TEST(HeapPreallocTest, CreateNamesWhyNot) {
  EXPECT_EQ(HeapPrealloc::Create({.bytes = 0}).error(),
            AllocatorError::kZeroBytes);
  EXPECT_EQ(HeapPrealloc::Create({.bytes = SIZE_MAX}).error(),
            AllocatorError::kTooLarge);
  Result<HeapPrealloc> huge = HeapPrealloc::Create({.bytes = size_t{1} << 60});
  EXPECT_EQ(huge.error(), AllocatorError::kMapFailed);
  EXPECT_EQ(huge.os_error(), ENOMEM);
  for (size_t unit : {8, 24, 8192}) {
    EXPECT_EQ(HeapPrealloc::Create({.bytes = 65'536, .unit = unit}).error(),
              AllocatorError::kBadAlignment)
        << unit;
  }
}

TEST(HeapPreallocTest, EveryCommitServes) {
  for (Commit commit : {Commit::kLazy, Commit::kPopulate, Commit::kLock}) {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create({.bytes = 64 * kKiB, .commit = commit});
    ASSERT_TRUE(pool.ok()) << Message(pool.error());
    EXPECT_TRUE(pool->Allocate<char>(64 * kKiB));
  }
}

TEST(HeapPreallocTest, TheUnitCanBeChosen) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create({.bytes = 64 * kKiB, .unit = 4096});
  ASSERT_TRUE(pool.ok());
  const Cell<char> cell = pool->Allocate<char>(1);
  EXPECT_EQ(pool->stats().in_use_bytes, 4096u);
}

TEST(HeapPreallocTest, TwoHundredMebibytesServeOneCell) {
  HeapPrealloc pool = MakePool(size_t{200} << 20);
  EXPECT_EQ(pool.stats().unit_bytes, 64u);
  const Cell<char> cell = pool.Allocate<char>(size_t{200} << 20);
  EXPECT_TRUE(cell);
}

TEST(HeapPreallocTest, AnArrayOnTheStackServesAboutHalfOfItAndMore) {
  alignas(16) uint8_t buffer[4096];
  std::memset(buffer, 0xA5, sizeof(buffer));
  Result<HeapPrealloc> pool = HeapPrealloc::CreateOver(buffer, sizeof(buffer));
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  EXPECT_GE(pool->stats().pool_bytes, 2000u);
  Cell<uint64_t> cell = pool->Allocate<uint64_t>(200);
  ASSERT_TRUE(cell);
  EXPECT_TRUE(IsAll(cell.data(), 0, 1600));
  EXPECT_GE(static_cast<void*>(cell.begin()), buffer);
  EXPECT_LE(static_cast<void*>(cell.end()), buffer + sizeof(buffer));
  EXPECT_TRUE(IsSound(*pool));
}

TEST(HeapPreallocTest, EveryBufferSizeAndAddressStaysWithinTheBuffer) {
  std::vector<uint8_t> memory(3 * 4096);
  size_t smallest = SIZE_MAX;
  for (size_t bytes = 1; bytes < 2 * 4096; bytes += 13) {
    for (size_t offset : {0, 1, 7, 8, 15, 16}) {
      std::memset(memory.data(), 0xA5, memory.size());
      uint8_t* const buffer = memory.data() + 64 + offset;
      Result<HeapPrealloc> pool = HeapPrealloc::CreateOver(buffer, bytes);
      if (!pool.ok()) {
        ASSERT_EQ(pool.error(), AllocatorError::kTooSmall);
        ASSERT_LT(bytes, 1024u);
        continue;
      }
      smallest = std::min(smallest, bytes);
      const size_t served = pool->stats().pool_bytes;
      ASSERT_GE(served, 16u);
      Cell<uint8_t> all = pool->Allocate<uint8_t>(served);
      ASSERT_TRUE(all);
      ASSERT_TRUE(IsAll(all.data(), 0, served));
      std::memset(all.data(), 0xFF, served);
      ASSERT_TRUE(IsSound(*pool)) << "the pool overlaps its table";
      pool->FreeCell(std::move(all));
      ASSERT_TRUE(IsAll(memory.data(), 0xA5, 64 + offset));
      ASSERT_TRUE(
          IsAll(buffer + bytes, 0xA5, memory.size() - bytes - 64 - offset));
    }
  }
  EXPECT_LT(smallest, 1024u);
}

TEST(HeapPreallocTest, TheShareLeftForCellsGrowsWithTheBuffer) {
  const auto share = [](size_t bytes) {
    std::unique_ptr<uint8_t[]> buffer(new uint8_t[bytes]);
    Result<HeapPrealloc> pool = HeapPrealloc::CreateOver(buffer.get(), bytes);
    EXPECT_TRUE(pool.ok());
    return static_cast<double>(pool->stats().pool_bytes) /
           static_cast<double>(bytes);
  };
  EXPECT_NEAR(share(4 * kKiB), 1.0 / 2, 0.04);
  EXPECT_NEAR(share(64 * kKiB), 2.0 / 3, 0.02);
  EXPECT_NEAR(share(size_t{200} << 20), 8.0 / 9, 0.01);
}

TEST(HeapPreallocTest, CreateOverNamesWhyNot) {
  uint8_t buffer[4096];
  EXPECT_EQ(HeapPrealloc::CreateOver(nullptr, 4096).error(),
            AllocatorError::kNullBuffer);
  EXPECT_EQ(HeapPrealloc::CreateOver(buffer, 0).error(),
            AllocatorError::kZeroBytes);
  EXPECT_EQ(HeapPrealloc::CreateOver(buffer, SIZE_MAX).error(),
            AllocatorError::kTooLarge);
  EXPECT_EQ(HeapPrealloc::CreateOver(buffer, 100).error(),
            AllocatorError::kTooSmall);
  EXPECT_EQ(
      HeapPrealloc::CreateOver(buffer, sizeof(buffer), {.unit = 17}).error(),
      AllocatorError::kBadAlignment);
}

TEST(HeapPreallocDeathTest, IndexAtSizeIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  Cell<int> cell = pool.Allocate<int>(3);
  EXPECT_EXIT(cell[3] = 1, testing::KilledBySignal(SIGABRT),
              "cellblock: index 3 is out of range: the cell has 3 elements");
  const Cell<int>& view = cell;
  EXPECT_EXIT((void)view[SIZE_MAX], testing::KilledBySignal(SIGABRT),
              "cellblock: index 18446744073709551615 is out of range");
  Cell<int> empty;
  EXPECT_EXIT(empty[0] = 1, testing::KilledBySignal(SIGABRT),
              "cellblock: index 0 is out of range: the cell has 0 elements");
}

TEST(HeapPreallocDeathTest, UseAfterFreeIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  Cell<int> cell = pool.Allocate<int>(3);
  pool.FreeCell(std::move(cell));
  EXPECT_EXIT(cell[0] = 1,  // NOLINT: the claim
              testing::KilledBySignal(SIGABRT),
              "cellblock: index 0 is out of range: the cell has 0 elements");
}

TEST(HeapPreallocDeathTest, ACellOfAnotherPoolIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc other = MakePool(4 * kKiB);
  EXPECT_EXIT(other.FreeCell(pool.Allocate<int>(3)),
              testing::KilledBySignal(SIGABRT),
              "cellblock: foreign free of 0x[0-9a-f]+: it is not in this pool");
}

// What the type system cannot see: the handle itself is copied byte by byte.
TEST(HeapPreallocDeathTest, ASecondDropOfTheSameMemoryIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const auto drop_twice = [&pool] {
    Cell<int> cell = pool.Allocate<int>(3);
    alignas(Cell<int>) unsigned char copy[sizeof(cell)];
    std::memcpy(copy, static_cast<void*>(&cell), sizeof(cell));
    pool.FreeCell(std::move(cell));
    reinterpret_cast<Cell<int>*>(copy)->~Cell<int>();
  };
  EXPECT_EXIT(drop_twice(), testing::KilledBySignal(SIGABRT),
              "cellblock: double free of 0x[0-9a-f]+: ");
}

}  // namespace
}  // namespace cellblock
