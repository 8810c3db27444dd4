// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Pools make no system call once they are created: everything that can be done
// with one is done under a filter that kills for any.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/locked_child.h"
#include "tests/allocator/pool_kinds.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

using ByteCell = Cell<uint8_t>;

constexpr size_t kPoolBytes = 64 * 1024;

bool HoldsAll(const ByteCell& cell, uint8_t value) {
  return IsAll(cell.data(), value, cell.size());
}

// What the cells of a pool are handed out as, if that is promised.
bool IsFresh(const ByteCell& cell, Fill fill) {
  if (fill == Fill::kUninitialized) return true;
  return HoldsAll(cell, fill == Fill::kZeroed ? 0 : kPaint);
}

void UseCells(HeapPrealloc& pool, Fill fill) {
  ByteCell cell = pool.AllocCell<uint8_t>(1000);
  LOCKED_CHECK(cell && !cell.empty() && cell.size() >= 1000);
  LOCKED_CHECK(IsFresh(cell, fill));
  for (uint8_t& byte : cell) byte = 7;
  LOCKED_CHECK(cell[999] == 7 && cell.data()[0] == 7);
  LOCKED_CHECK(cell.span().back() == 7 && cell.end()[-1] == 7);
  cell.Narrow(10);
  LOCKED_CHECK(cell.size() == 10 && cell.block_size() >= 1000);
  ByteCell moved = std::move(cell);
  ByteCell assigned = pool.AllocCell<uint8_t>(20);
  assigned = std::move(moved);
  pool.FreeCell(std::move(assigned));
  Result<ByteCell> tried = pool.TryAllocCell<uint8_t>(10);
  LOCKED_CHECK(tried.ok() && (*tried).size() >= 10);
  const ByteCell taken = std::move(tried).value();
  LOCKED_CHECK(taken);
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(0));
  LOCKED_CHECK(pool.last_error() == AllocatorError::kNone);
}

void UseRefusals(HeapPrealloc& pool) {
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(SIZE_MAX));
  LOCKED_CHECK(pool.last_error() == AllocatorError::kExhausted);
  LOCKED_CHECK(!pool.AllocCell<uint64_t>(SIZE_MAX / 2));
  LOCKED_CHECK(
      pool.TryAllocCell<uint8_t>(pool.stats().pool_bytes + 1).error() ==
      AllocatorError::kExhausted);
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(1, {.alignment = 3}));
  LOCKED_CHECK(pool.last_error() == AllocatorError::kBadAlignment);
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(1, {.owner = 99}));
  LOCKED_CHECK(pool.last_error() == AllocatorError::kNoSuchOwner);
  LOCKED_CHECK(Message(pool.last_error()) != nullptr);
  LOCKED_CHECK(pool.stats().last_exhaustion.short_by != 0);
  LOCKED_CHECK(pool.Admit(1).ok() && !pool.Admit(UINT64_MAX).ok());
  LOCKED_CHECK(!pool.Admit(1, 99).ok());
  LOCKED_CHECK(pool.SetLimit(99, 1) == AllocatorError::kNoSuchOwner);
  LOCKED_CHECK(pool.owner_stats(99).limit_bytes == 0);
}

// Churns the pool, runs it dry, and empties it.
void UseUp(HeapPrealloc& pool, Fill fill) {
  constexpr size_t kCells = 100;
  // Some pools are much larger than was asked for.
  const size_t largest = pool.LargestFree();
  const ByteCell ballast =
      pool.AllocCell<uint8_t>(largest > kPoolBytes ? largest - kPoolBytes : 0);
  ByteCell cells[kCells];
  Random random(1);
  for (int step = 0; step < 5'000; ++step) {
    ByteCell& cell = cells[random.Below(kCells)];
    cell = pool.AllocCell<uint8_t>(random.LogUniform(13));
    if (!cell) continue;
    LOCKED_CHECK(IsFresh(cell, fill));
    memset(cell.data(), 0xEE, cell.size());
  }
  LOCKED_CHECK(pool.stats().exhausted > 2);
  LOCKED_CHECK(pool.LargestFree() <= pool.FreeBytes());
  LOCKED_CHECK(pool.Fragmentation() >= 0 && pool.Fragmentation() < 1);
  LOCKED_CHECK(pool.stats().NeededBytes() != 0);
  LOCKED_CHECK(pool.Validate().ok());
}

void UseBlocks(HeapPrealloc& pool) {
  void* block = pool.AllocateBlock(100, {.alignment = 1024});
  LOCKED_CHECK(block != nullptr && pool.UsableSize(block) >= 100);
  block = pool.ReallocateBlock(block, 50);
  block = pool.ReallocateBlock(block, 5000);
  // Not at a page, just behind one; so it must move to one.
  void* const page = pool.AllocateBlock(16, {.alignment = 4096});
  void* const behind = pool.AllocateBlock(0);
  LOCKED_CHECK(reinterpret_cast<uintptr_t>(behind) % 4096 != 0);
  void* const moved = pool.ReallocateBlock(behind, 5000, {.alignment = 4096});
  LOCKED_CHECK(moved != nullptr && pool.UsableSize(behind) == 0);
  LOCKED_CHECK(pool.ReallocateBlock(moved, SIZE_MAX) == nullptr);
  LOCKED_CHECK(pool.AllocateBlock(SIZE_MAX) == nullptr);
  pool.FreeBlock(pool.ReallocateBlock(nullptr, 10));
  pool.FreeBlock(nullptr);
  for (void* live : {block, page, moved}) pool.FreeBlock(live);
}

void UseOwners(HeapPrealloc& pool) {
  LOCKED_CHECK(pool.SetLimit(1, 2048) == AllocatorError::kNone);
  const ByteCell cell = pool.AllocCell<uint8_t>(1000, {.owner = 1});
  LOCKED_CHECK(cell && pool.owner_stats(1).in_use_bytes >= 1000);
  LOCKED_CHECK(pool.Admit(1000, 1).ok() && !pool.Admit(2000, 1).ok());
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(2000, {.owner = 1}));
  LOCKED_CHECK(pool.last_error() == AllocatorError::kOverLimit);
  LOCKED_CHECK(pool.AllocCell<uint8_t>(100, {.alignment = 4096}));
}

// A borrowed region needs no call either.
void UseGrowth(HeapPrealloc& pool, int round) {
  static std::byte further[2][kPoolBytes];
  const uint64_t before = pool.stats().pool_bytes;
  LOCKED_CHECK(pool.Grow(Region::Borrow(further[round], kPoolBytes)) ==
               AllocatorError::kNone);
  LOCKED_CHECK(pool.stats().pool_bytes > before + kPoolBytes / 2);
  LOCKED_CHECK(pool.Grow(Region()) != AllocatorError::kNone);
}

void UseEverything(HeapPrealloc pool, const PoolOptions& options) {
  const bool is_coalescing = options.discipline == Discipline::kCoalescing;
  for (int round = 0; round < 2; ++round) {
    LOCKED_CHECK(pool.Validate().ok());
    UseCells(pool, options.fill);
    UseRefusals(pool);
    if (is_coalescing) {
      UseBlocks(pool);
      UseOwners(pool);
    } else {
      LOCKED_CHECK(pool.AllocateBlock(1) == nullptr);
    }
    UseUp(pool, options.fill);
    LOCKED_CHECK(pool.stats().in_use_bytes == 0);
    UseGrowth(pool, round);
  }
  HeapPrealloc elsewhere = std::move(pool);
  ByteCell last = elsewhere.AllocCell<uint8_t>(1);
  HeapPrealloc again = std::move(elsewhere);
  elsewhere = std::move(again);
  last = ByteCell();
  LOCKED_CHECK(elsewhere.Validate().ok());
  LOCKED_CHECK(!pool.AllocCell<uint8_t>(1));  // NOLINT: after the move
}

class LockedPool : public EveryPool {
 protected:
  PoolOptions Options() {
    PoolOptions options = {.fill = fill(),
                           .scrub = Scrub::kOnFree,
                           .discipline = discipline(),
                           .slots = 256,
                           .owners = is_first_fit() ? 0u : 2u};
    if (fill() == Fill::kFunction) {
      options.fill_function = PaintBlock;
      options.fill_context = &painted_;
    }
    return options;
  }
};

TEST_P(LockedPool, SeedParity_Row01_EveryPoolServesWithoutASystemCall) {
  const PoolOptions options = Options();
  EXPECT_EQ(InChild([&] {
              WithMemory(source(), RoomFor(kPoolBytes, options),
                         [&](Result<Region> memory, Result<Region> table) {
                           Result<HeapPrealloc> pool = HeapPrealloc::Create(
                               std::move(memory), std::move(table), options);
                           if (!pool.ok()) LeaveLocked(Message(pool.error()));
                           pool->RetainMemory();
                           Lock();
                           // To the end of the last destructor.
                           UseEverything(std::move(pool).value(), options);
                         });
            }),
            "clean");
}

INSTANTIATE_TEST_SUITE_P(All, LockedPool, AllPoolKinds(), PoolKindName);

// To make one over the caller's memory takes no call, nor does its end.
TEST(LockedPoolLiveTest, SeedParity_Row01_BorrowedPoolsAreMadeWithoutACall) {
  for (Discipline discipline :
       {Discipline::kCoalescing, Discipline::kFirstFit}) {
    EXPECT_EQ(InChild([=] {
                std::byte buffer[2 * kPoolBytes];
                const PoolOptions options = {.discipline = discipline};
                Lock();
                Result<HeapPrealloc> pool = HeapPrealloc::Create(
                    Region::Borrow(buffer, sizeof(buffer)), options);
                LOCKED_CHECK(pool.ok());
                UseUp(*pool, Fill::kZeroed);
                Result<HeapPrealloc> apart = HeapPrealloc::Create(
                    Region::Borrow(buffer, kPoolBytes),
                    Region::Borrow(buffer + kPoolBytes, kPoolBytes), options);
                LOCKED_CHECK(discipline == Discipline::kFirstFit || apart.ok());
              }),
              "clean");
  }
}

TEST(LockedPoolLiveTest, TheFilterKills) {
  EXPECT_EQ(InChild([] {
              Lock();
              syscall(SYS_getppid);
            }),
            "killed by Bad system call");
}

// What shows that the retaining above is what makes the destructors silent.
TEST(LockedPoolLiveTest, UnmappingAPoolAfterTheLockIsAViolation) {
  EXPECT_EQ(InChild([] {
              const Result<HeapPrealloc> pool =
                  HeapPrealloc::Create(Region::Map({.bytes = 4096}));
              Lock();
            }),
            "killed by Bad system call");
}

TEST(LockedPoolLiveTest, WhatIsGrownLaterIsToBeRetainedToo) {
  for (bool is_retained : {false, true}) {
    EXPECT_EQ(InChild([=] {
                Result<HeapPrealloc> pool =
                    HeapPrealloc::Create(Region::Map({.bytes = 4096}));
                pool->RetainMemory();
                LOCKED_CHECK(pool->Grow(Region::Map({.bytes = 4096})) ==
                             AllocatorError::kNone);
                if (is_retained) pool->RetainMemory();
                Lock();
              }),
              is_retained ? "clean" : "killed by Bad system call");
  }
}

}  // namespace
}  // namespace cellblock
