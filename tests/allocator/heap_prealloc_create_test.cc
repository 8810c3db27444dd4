// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a pool makes of the memory that it is given: where the cells are and
// where the table is, and what it refuses.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

// Asks the kernel to read a byte there.
bool IsReadable(const void* address) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const long written = syscall(SYS_write, ends[1], address, 1);
  EXPECT_TRUE(written == 1 || errno == EFAULT);
  close(ends[0]);
  close(ends[1]);
  return written == 1;
}

class CreatePool : public testing::TestWithParam<Discipline> {
 protected:
  // `unit` is that of a coalescing pool.
  static PoolOptions Options(size_t unit = 0) {
    return {.discipline = GetParam(),
            .unit = GetParam() == Discipline::kFirstFit ? 0 : unit,
            .slots = 8};
  }
  static AllocatorError ErrorOf(Result<Region> memory,
                                const PoolOptions& options = Options()) {
    return HeapPrealloc::Create(std::move(memory), options).error();
  }
};

INSTANTIATE_TEST_SUITE_P(Disciplines, CreatePool, kDisciplines, DisciplineName);

TEST_P(CreatePool, ErrorsOfTheRegionsArePassedOn) {
  EXPECT_EQ(ErrorOf(Region::Map({.bytes = 0})), AllocatorError::kZeroBytes);
  EXPECT_EQ(ErrorOf(Region()), AllocatorError::kZeroBytes);
  EXPECT_EQ(ErrorOf(Region::Map({.bytes = SIZE_MAX})),
            AllocatorError::kTooLarge);
  EXPECT_EQ(ErrorOf(Region::Borrow(nullptr, 4096)),
            AllocatorError::kNullBuffer);
  EXPECT_EQ(ErrorOf(Region::From({.acquire = AcquireNothing}, 4096)),
            AllocatorError::kSourceFailed);
  const Result<HeapPrealloc> memory =
      HeapPrealloc::Create(Region::Map({.bytes = size_t{1} << 60}), Options());
  EXPECT_EQ(memory.error(), AllocatorError::kMapFailed);
  EXPECT_EQ(memory.os_error(), ENOMEM);
  const Result<HeapPrealloc> table = HeapPrealloc::Create(
      CallocRegion(4096), Region::Map({.bytes = size_t{1} << 60}), Options());
  EXPECT_EQ(table.error(), AllocatorError::kMapFailed);
  EXPECT_EQ(table.os_error(), ENOMEM);
}

TEST_P(CreatePool, AFillFunctionIsGivenIffItIsToBeUsed) {
  PoolOptions options = Options();
  options.fill = Fill::kFunction;
  EXPECT_EQ(ErrorOf(CallocRegion(4096), options),
            AllocatorError::kNoFillFunction);
  options.fill = Fill::kZeroed;
  options.fill_function = PaintBlock;
  EXPECT_EQ(ErrorOf(CallocRegion(4096), options),
            AllocatorError::kNoFillFunction);
}

TEST_P(CreatePool, WhatIsTooSmallIsRefused) {
  uint8_t buffer[4096];
  EXPECT_EQ(ErrorOf(Region::Borrow(buffer, 100)), AllocatorError::kTooSmall);
  EXPECT_EQ(
      HeapPrealloc::Create(CallocRegion(4096), Region::Borrow(buffer, 100))
          .error(),
      AllocatorError::kTooSmall);
  // Room for what the pool says of itself, but not for a table.
  EXPECT_EQ(
      HeapPrealloc::Create(CallocRegion(kMiB), Region::Borrow(buffer, 700),
                           {.discipline = GetParam(), .slots = 64})
          .error(),
      AllocatorError::kTooSmall);
}

TEST(CreatePoolTest, CoalescingUnitsArePowersOfTwoFrom16To4096) {
  for (size_t unit : {1, 8, 17, 24, 8192}) {
    EXPECT_EQ(HeapPrealloc::Create(CallocRegion(kMiB), {.unit = unit}).error(),
              AllocatorError::kBadAlignment)
        << unit;
  }
  for (size_t unit = 16; unit <= 4096; unit *= 2) {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create(CallocRegion(kMiB), {.unit = unit});
    ASSERT_TRUE(pool.ok()) << unit;
    const Cell<char> cell = pool->AllocCell<char>(1);
    EXPECT_EQ(pool->stats().in_use_bytes, unit);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(cell.data()) % unit, 0u);
  }
}

TEST(CreatePoolTest, WithoutAUnitItIsThatOfAHeapOfCells) {
  EXPECT_EQ(MakePool(64 * kKiB).stats().unit_bytes, 16u);
  EXPECT_EQ(MakePool(16 * kMiB).stats().unit_bytes, 32u);
  EXPECT_EQ(MakePool(200 * kMiB).stats().unit_bytes, 64u);
  EXPECT_EQ(MakePoolOf<char>(Discipline::kFirstFit, 4096).stats().unit_bytes,
            1u);
}

TEST(CreatePoolTest, FirstFitNeedsSlotsAndHasNoOwners) {
  EXPECT_EQ(
      HeapPrealloc::Create(CallocRegion(4096),
                           {.discipline = Discipline::kFirstFit, .slots = 0})
          .error(),
      AllocatorError::kZeroSlots);
  EXPECT_EQ(
      HeapPrealloc::Create(CallocRegion(4096),
                           {.discipline = Discipline::kFirstFit, .owners = 1})
          .error(),
      AllocatorError::kNeedsCoalescing);
  const PoolOptions vast = {.discipline = Discipline::kFirstFit,
                            .slots = SIZE_MAX / 16};
  EXPECT_EQ(HeapPrealloc::Create(CallocRegion(4096), vast).error(),
            AllocatorError::kTooLarge);
  EXPECT_EQ(HeapPrealloc::Create(Region::Map({.bytes = 4096}), vast).error(),
            AllocatorError::kTooLarge);
  EXPECT_EQ(HeapPrealloc::Create(CallocRegion(4096), CallocRegion(4096), vast)
                .error(),
            AllocatorError::kTooLarge);
  EXPECT_TRUE(HeapPrealloc::Create(CallocRegion(4096), {.slots = 0}).ok());
}

// 16 GiB that nobody touches.
Result<Region> VastRegion() {
  constexpr size_t kBytes = size_t{16} << 30;
  return Region::From(
      {.acquire =
           [](size_t bytes, void*) {
             void* const memory =
                 mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
             return memory == MAP_FAILED ? nullptr : memory;
           },
       .release = [](void* memory, size_t bytes,
                     void*) { munmap(memory, bytes); },
       .content = Content::kZero},
      kBytes);
}

TEST(CreatePoolTest, MoreUnitsThanThereCanBeAreRefused) {
  EXPECT_EQ(HeapPrealloc::Create(VastRegion(), {.unit = 16}).error(),
            AllocatorError::kTooLarge);
  EXPECT_EQ(HeapPrealloc::Create(VastRegion(), CallocRegion(kMiB), {.unit = 16})
                .error(),
            AllocatorError::kTooLarge);
  Result<HeapPrealloc> pool = HeapPrealloc::Create(VastRegion());
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  EXPECT_GT(pool->stats().pool_bytes, size_t{13} << 30);
}

TEST_P(CreatePool, AMappedPoolHasAllOfItsMapping) {
  for (Commit commit : {Commit::kLazy, Commit::kPopulate, Commit::kLock}) {
    Result<HeapPrealloc> pool = HeapPrealloc::Create(
        Region::Map({.bytes = 64 * kKiB, .commit = commit}), Options());
    ASSERT_TRUE(pool.ok()) << Message(pool.error());
    EXPECT_EQ(pool->stats().pool_bytes, 64 * kKiB);
    EXPECT_TRUE(pool->AllocCell<char>(64 * kKiB));
    EXPECT_TRUE(IsWhole(*pool));
  }
}

// Bytes that are never swapped out.
uint64_t LockedBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmLck:") {
  }
  uint64_t kib = 0;
  status >> kib;
  return kib * kKiB;
}

TEST(CreatePoolTest, ATableIsCommittedAsItsMapping) {
  const uint64_t before = LockedBytes();
  const Result<HeapPrealloc> pool = HeapPrealloc::Create(
      Region::Map({.bytes = 64 * kKiB, .commit = Commit::kLock}));
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  EXPECT_GE(LockedBytes() - before, (64 + 32) * kKiB);
}

// A stray write beyond the cells of a mapping reaches no table.
TEST_P(CreatePool, ATableOfAMappingIsBetweenGuardPagesOfItsOwn) {
  HeapPrealloc pool = MakePool(64 * kKiB, Options());
  const Cell<char> all = pool.AllocCell<char>(64 * kKiB);
  ASSERT_TRUE(all);
  EXPECT_TRUE(IsReadable(all.data()));
  EXPECT_TRUE(IsReadable(all.data() + all.size() - 1));
  EXPECT_FALSE(IsReadable(all.data() - 1));
  EXPECT_FALSE(IsReadable(all.data() + all.size()));
}

TEST_P(CreatePool, EveryBufferSizeAndAddressStaysWithinTheBuffer) {
  std::vector<uint8_t> memory(3 * 4096);
  size_t smallest = SIZE_MAX;
  for (size_t bytes = 1; bytes < 2 * 4096; bytes += 13) {
    for (size_t offset : {0, 1, 7, 8, 15, 16}) {
      std::memset(memory.data(), 0xA5, memory.size());
      uint8_t* const buffer = memory.data() + 64 + offset;
      Result<HeapPrealloc> pool =
          HeapPrealloc::Create(Region::Borrow(buffer, bytes), Options());
      if (!pool.ok()) {
        ASSERT_EQ(pool.error(), AllocatorError::kTooSmall);
        ASSERT_LT(bytes, kKiB);
        continue;
      }
      smallest = std::min(smallest, bytes);
      const size_t served = pool->stats().pool_bytes;
      Cell<uint8_t> all = pool->AllocCell<uint8_t>(served);
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
  EXPECT_LT(smallest, kKiB);
}

// The memory is used from the first unit on, whatever the table is.
TEST_P(CreatePool, ATableGivenApartLeavesTheMemoryToTheCells) {
  std::vector<uint8_t> memory(4 * kKiB);
  std::vector<uint8_t> table(4 * kKiB);
  for (size_t unit : {16, 64}) {
    for (size_t offset = 0; offset < 70; ++offset) {
      std::fill(table.begin(), table.end(), 0xA5);
      Result<HeapPrealloc> pool = HeapPrealloc::Create(
          Region::Borrow(&memory[offset], kKiB),
          Region::Borrow(&table[offset], 3 * kKiB), Options(unit));
      ASSERT_TRUE(pool.ok()) << offset << ": " << Message(pool.error());
      const size_t served = pool->stats().pool_bytes;
      EXPECT_GT(served + 2 * unit, kKiB);
      if (GetParam() == Discipline::kFirstFit) {
        EXPECT_EQ(served, kKiB);
      }
      const Cell<uint8_t> all = pool->AllocCell<uint8_t>(served);
      ASSERT_TRUE(all);
      EXPECT_GE(all.data(), &memory[offset]);
      EXPECT_LE(all.data() + served, &memory[offset] + kKiB);
      EXPECT_TRUE(IsSound(*pool));
      EXPECT_TRUE(IsAll(table.data(), 0xA5, offset));
      EXPECT_TRUE(IsAll(&table[offset] + 3 * kKiB, 0xA5, kKiB - offset));
    }
  }
}

TEST_P(CreatePool, MemoryShorterThanItsPaddingIsTooSmall) {
  alignas(64) uint8_t memory[64];
  const AllocatorError error =
      HeapPrealloc::Create(Region::Borrow(memory + 1, 60), CallocRegion(4096),
                           Options(64))
          .error();
  EXPECT_EQ(error, GetParam() == Discipline::kFirstFit
                       ? AllocatorError::kNone
                       : AllocatorError::kTooSmall);
}

// malloc gives memory that is aligned to 16, and units are larger.
TEST_P(CreatePool, LargePoolsOfTheProcessHeapMayHaveTheirTableApart) {
  Result<HeapPrealloc> pool = HeapPrealloc::Create(
      MallocRegion(100 * kMiB), CallocRegion(16 * kMiB), Options());
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  EXPECT_GT(pool->stats().pool_bytes, 100 * kMiB - 128);
  EXPECT_TRUE(IsWhole(*pool));
}

TEST_P(CreatePool, TheTableIsAsSmallAsSaid) {
  for (size_t bytes : {4 * kKiB, 64 * kKiB, kMiB, 200 * kMiB}) {
    const size_t unit = Heap::UnitFor(bytes);
    const size_t said = GetParam() == Discipline::kFirstFit
                            ? 16 * 1000 + 4 * kKiB
                            : 8 * (bytes / unit) + 32 * 10 + 4 * kKiB;
    PoolOptions options = {.discipline = GetParam(), .slots = 1000};
    if (GetParam() == Discipline::kCoalescing) options.owners = 10;
    EXPECT_TRUE(HeapPrealloc::Create(Region::Map({.bytes = bytes}),
                                     CallocRegion(said), options)
                    .ok())
        << bytes;
  }
}

TEST(CreatePoolTest, TheShareLeftForCellsGrowsWithTheBuffer) {
  const auto share = [](size_t bytes) {
    Result<HeapPrealloc> pool = HeapPrealloc::Create(MallocRegion(bytes));
    EXPECT_TRUE(pool.ok());
    return static_cast<double>(pool->stats().pool_bytes) /
           static_cast<double>(bytes);
  };
  EXPECT_NEAR(share(4 * kKiB), 1.0 / 2, 0.04);
  EXPECT_NEAR(share(64 * kKiB), 2.0 / 3, 0.02);
  EXPECT_NEAR(share(200 * kMiB), 8.0 / 9, 0.01);
}

TEST(CreatePoolTest, ATableInTheMemoryItselfIsRefused) {
  alignas(64) static uint8_t memory[64 * 1024];
  EXPECT_EQ(HeapPrealloc::Create(Region::Borrow(memory, sizeof(memory)),
                                 Region::Borrow(memory + 1024, 32 * 1024))
                .error(),
            AllocatorError::kOverlap);
}

TEST(CreatePoolTest, MoreOwnersThanThereCanBeAreRefused) {
  const auto create = [](uint32_t owners) {
    return HeapPrealloc::Create(Region::Map({.bytes = 1 << 20}),
                                {.owners = owners})
        .error();
  };
  EXPECT_EQ(create(PoolOptions::kMaxOwners), AllocatorError::kNone);
  EXPECT_EQ(create(PoolOptions::kMaxOwners + 1), AllocatorError::kTooLarge);
  EXPECT_EQ(create(UINT32_MAX), AllocatorError::kTooLarge);
}

// From the smallest to the largest that the engine is for. Lazy, so that it
// takes address space alone.
TEST(CreatePoolTest, PoolsFrom4KiBTo64GiBServeTheirWhole) {
  for (const size_t bytes : {size_t{4} << 10, size_t{200} << 20,
                             size_t{4} << 30, size_t{64} << 30}) {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create(Region::Map({.bytes = bytes}));
    ASSERT_TRUE(pool.ok()) << bytes << ": " << Message(pool.error());
    Cell<uint8_t> whole = pool->AllocCell<uint8_t>(bytes);
    ASSERT_TRUE(whole) << bytes;
    whole[0] = 1;
    whole[bytes - 1] = 1;
    EXPECT_FALSE(pool->AllocCell<uint8_t>(1));
    pool->FreeCell(std::move(whole));
    EXPECT_EQ(pool->FreeBytes(), bytes);
    EXPECT_TRUE(pool->AllocCell<uint8_t>(1));
  }
}

// The unit is then larger than a page, to which alone mappings are aligned.
TEST(CreatePoolTest, APoolOfTerabytesStartsAtAUnit) {
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = size_t{4} << 40}));
  ASSERT_TRUE(pool.ok()) << Message(pool.error());
  EXPECT_GT(pool->stats().unit_bytes, 4096u);
  Cell<uint8_t> cell = pool->AllocCell<uint8_t>(1);
  ASSERT_TRUE(cell);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(cell.data()) % pool->stats().unit_bytes,
            0u);
}

}  // namespace
}  // namespace cellblock
