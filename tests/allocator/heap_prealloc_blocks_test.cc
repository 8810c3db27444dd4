// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The blocks of a pool that are known by their address alone.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

uint8_t* Bytes(void* block) { return static_cast<uint8_t*>(block); }

bool IsAligned(const void* address, size_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

// Of 64 KiB in units of 16 bytes, with what a fill function counts.
class PoolBlocks : public testing::TestWithParam<Fill> {
 protected:
  PoolBlocks() : pool_(MakePool(64 * kKiB, Options())) {}

  void TearDown() override { EXPECT_TRUE(IsSound(pool_)); }

  PoolOptions Options() {
    PoolOptions options = {.fill = GetParam(), .owners = 1};
    if (GetParam() == Fill::kFunction) {
      options.fill_function = PaintBlock;
      options.fill_context = &painted_;
    }
    return options;
  }

  // Whether memory is as the pool's fill has it.
  bool IsFilled(const void* memory, size_t bytes) const {
    if (GetParam() == Fill::kUninitialized) return true;
    return IsAll(memory, GetParam() == Fill::kZeroed ? 0 : kPaint, bytes);
  }

  PaintCount painted_;
  HeapPrealloc pool_;
};

TEST_P(PoolBlocks, ABlockIsOfWholeUnitsAndAlignedToSixteen) {
  std::vector<void*> blocks;
  for (size_t bytes = 0; bytes < 100; ++bytes) {
    void* const block = pool_.AllocateBlock(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(IsAligned(block, 16));
    const size_t usable = pool_.UsableSize(block);
    EXPECT_EQ(usable, std::max<size_t>(1, (bytes + 15) / 16) * 16);
    EXPECT_TRUE(IsFilled(block, usable));
    std::memset(block, 0xEE, usable);
    blocks.push_back(block);
  }
  for (void* block : blocks) pool_.FreeBlock(block);
  EXPECT_TRUE(IsWhole(pool_));
}

TEST_P(PoolBlocks, AnyPowerOfTwoCanBeAskedFor) {
  for (size_t alignment = 1; alignment <= 16 * kKiB; alignment *= 2) {
    void* const block = pool_.AllocateBlock(10, {.alignment = alignment});
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(IsAligned(block, alignment));
    pool_.FreeBlock(block);
  }
  EXPECT_EQ(pool_.AllocateBlock(10, {.alignment = 24}), nullptr);
  EXPECT_EQ(pool_.last_error(), AllocatorError::kBadAlignment);
}

TEST_P(PoolBlocks, RefusalIsNullWithAReason) {
  EXPECT_EQ(pool_.AllocateBlock(64 * kKiB + 1), nullptr);
  EXPECT_EQ(pool_.last_error(), AllocatorError::kExhausted);
  EXPECT_EQ(pool_.AllocateBlock(SIZE_MAX), nullptr);
  EXPECT_EQ(pool_.stats().exhausted, 2u);
  EXPECT_EQ(pool_.AllocateBlock(1, {.owner = 2}), nullptr);
  EXPECT_EQ(pool_.last_error(), AllocatorError::kNoSuchOwner);
  void* const block = pool_.AllocateBlock(64 * kKiB);
  EXPECT_NE(block, nullptr);
  EXPECT_EQ(pool_.last_error(), AllocatorError::kNone);
  pool_.FreeBlock(block);
}

TEST_P(PoolBlocks, UsableSizeIsThatOfLiveBlocksOnly) {
  void* const block = pool_.AllocateBlock(100);
  EXPECT_EQ(pool_.UsableSize(block), 112u);
  EXPECT_EQ(pool_.UsableSize(Bytes(block) + 16), 0u);
  EXPECT_EQ(pool_.UsableSize(Bytes(block) + 1), 0u);
  EXPECT_EQ(pool_.UsableSize(nullptr), 0u);
  EXPECT_EQ(pool_.UsableSize(&painted_), 0u);
  pool_.FreeBlock(block);
  EXPECT_EQ(pool_.UsableSize(block), 0u);
}

TEST_P(PoolBlocks, NullIsNothingToFreeAndNewToReallocate) {
  pool_.FreeBlock(nullptr);
  EXPECT_EQ(pool_.stats().frees, 0u);
  void* const block = pool_.ReallocateBlock(nullptr, 100, {.alignment = 64});
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(IsAligned(block, 64));
  EXPECT_EQ(pool_.UsableSize(block), 112u);
  EXPECT_TRUE(IsFilled(block, 112));
  pool_.FreeBlock(block);
}

TEST_P(PoolBlocks, ReallocationToNothingLeavesOneUnit) {
  void* const block = pool_.AllocateBlock(100);
  EXPECT_EQ(pool_.ReallocateBlock(block, 0), block);
  EXPECT_EQ(pool_.UsableSize(block), 16u);
  pool_.FreeBlock(block);
  void* const none = pool_.ReallocateBlock(nullptr, 0);
  EXPECT_EQ(pool_.UsableSize(none), 16u);
  pool_.FreeBlock(none);
}

TEST_P(PoolBlocks, GrowsInPlaceWhereThereIsRoom) {
  void* const block = pool_.AllocateBlock(100);
  std::memset(block, 0xEE, 100);
  EXPECT_EQ(pool_.ReallocateBlock(block, 1000), block);
  EXPECT_EQ(pool_.UsableSize(block), 1008u);
  EXPECT_TRUE(IsAll(block, 0xEE, 100));
  EXPECT_TRUE(IsFilled(Bytes(block) + 112, 1008 - 112));
  pool_.FreeBlock(block);
}

TEST_P(PoolBlocks, MovesWhereThereIsNone) {
  void* const block = pool_.AllocateBlock(100);
  void* const wall = pool_.AllocateBlock(1);
  std::memset(block, 0xEE, 112);
  void* const moved = pool_.ReallocateBlock(block, 1000);
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, block);
  EXPECT_TRUE(IsAll(moved, 0xEE, 112));
  EXPECT_TRUE(IsFilled(Bytes(moved) + 112, 1008 - 112));
  EXPECT_EQ(pool_.UsableSize(block), 0u);
  pool_.FreeBlock(moved);
  pool_.FreeBlock(wall);
  EXPECT_TRUE(IsWhole(pool_));
}

TEST_P(PoolBlocks, MovesForALargerAlignment) {
  void* const wall = pool_.AllocateBlock(16);
  void* const block = pool_.AllocateBlock(100);
  ASSERT_FALSE(IsAligned(block, kKiB));
  std::memset(block, 0xEE, 100);
  void* const moved = pool_.ReallocateBlock(block, 50, {.alignment = kKiB});
  EXPECT_TRUE(IsAligned(moved, kKiB));
  EXPECT_TRUE(IsAll(moved, 0xEE, 50));
  EXPECT_TRUE(IsFilled(Bytes(moved) + 50, 14));
  pool_.FreeBlock(moved);
  pool_.FreeBlock(wall);
}

// What was cut off and is asked for again is filled again.
TEST_P(PoolBlocks, WhatIsGainedIsFilledWhateverItHeld) {
  for (size_t bytes : {1, 10, 16, 17, 100, 500}) {
    void* const block = pool_.AllocateBlock(1000);
    std::memset(block, 0xEE, 1008);
    ASSERT_EQ(pool_.ReallocateBlock(block, bytes), block);
    EXPECT_TRUE(IsAll(block, 0xEE, bytes));
    EXPECT_TRUE(
        IsFilled(Bytes(block) + bytes, pool_.UsableSize(block) - bytes));
    ASSERT_EQ(pool_.ReallocateBlock(block, 2000), block);
    EXPECT_TRUE(IsAll(block, 0xEE, bytes));
    EXPECT_TRUE(IsFilled(Bytes(block) + bytes, 2000 - bytes));
    pool_.FreeBlock(block);
  }
}

TEST_P(PoolBlocks, RefusedReallocationLeavesTheBlock) {
  void* const block = pool_.AllocateBlock(100);
  void* const wall = pool_.AllocateBlock(1);
  std::memset(block, 0xEE, 112);
  for (size_t bytes : {64 * kKiB, SIZE_MAX}) {
    EXPECT_EQ(pool_.ReallocateBlock(block, bytes), nullptr);
    EXPECT_EQ(pool_.last_error(), AllocatorError::kExhausted);
  }
  for (size_t alignment : {0, 3}) {
    for (size_t bytes : {10, 100, 1000}) {
      EXPECT_EQ(pool_.ReallocateBlock(block, bytes, {.alignment = alignment}),
                nullptr);
      EXPECT_EQ(pool_.last_error(), AllocatorError::kBadAlignment);
    }
  }
  EXPECT_EQ(pool_.UsableSize(block), 112u);
  EXPECT_TRUE(IsAll(block, 0xEE, 112));
  pool_.FreeBlock(block);
  pool_.FreeBlock(wall);
}

TEST_P(PoolBlocks, RandomReallocationsKeepWhatFitsInBoth) {
  struct Live {
    uint8_t* data = nullptr;
    size_t bytes = 0;
    uint8_t value = 0;
  };
  Random random(TestSeed());
  std::vector<Live> blocks(100);
  for (int step = 0; step < 20'000; ++step) {
    Live& live = blocks[random.Below(100)];
    const size_t bytes = random.LogUniform(13);
    uint8_t* const data = Bytes(pool_.ReallocateBlock(live.data, bytes));
    const size_t kept = std::min(live.bytes, bytes);
    if (data == nullptr) {
      ASSERT_TRUE(IsAll(live.data, live.value, live.bytes));
    } else {
      ASSERT_TRUE(IsAll(data, live.value, kept)) << "step " << step;
      ASSERT_TRUE(IsFilled(data + kept, pool_.UsableSize(data) - kept));
      live = {data, bytes, static_cast<uint8_t>(step)};
      std::memset(data, live.value, bytes);
    }
    if (random.OneIn(5)) {
      pool_.FreeBlock(live.data);
      live = Live();
    }
  }
  EXPECT_GT(pool_.stats().exhausted, 0u);
  for (const Live& live : blocks) pool_.FreeBlock(live.data);
  EXPECT_TRUE(IsWhole(pool_));
}

std::string FillName(const testing::TestParamInfo<Fill>& info) {
  for (const auto& [fill, name] : kFills) {
    if (fill == info.param) return name;
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Fills, PoolBlocks,
                         testing::Values(Fill::kZeroed, Fill::kUninitialized,
                                         Fill::kFunction),
                         FillName);

TEST(PoolBlocksTest, ABlockStaysWithItsOwner) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 2});
  void* block = pool.AllocateBlock(100, {.owner = 1});
  void* const wall = pool.AllocateBlock(1);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 112u);
  block = pool.ReallocateBlock(block, 1000, {.owner = 2});
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 1008u);
  EXPECT_EQ(pool.owner_stats(2).in_use_bytes, 0u);
  // In place, and no further than the limit.
  ASSERT_EQ(pool.SetLimit(1, 2000), AllocatorError::kNone);
  EXPECT_EQ(pool.ReallocateBlock(block, 2000), block);
  EXPECT_EQ(pool.ReallocateBlock(block, 2001), nullptr);
  EXPECT_EQ(pool.last_error(), AllocatorError::kOverLimit);
  EXPECT_EQ(pool.ReallocateBlock(block, 10), block);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 16u);
  pool.FreeBlock(block);
  pool.FreeBlock(wall);
  EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 0u);
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolBlocksTest, WhatReallocationGivesBackIsScrubbed) {
  HeapPrealloc pool = MakePool(
      64 * kKiB, {.fill = Fill::kUninitialized, .scrub = Scrub::kOnFree});
  uint8_t* const block = Bytes(pool.AllocateBlock(1000));
  void* const wall = pool.AllocateBlock(1);
  std::memset(block, 0xEE, 1008);
  ASSERT_EQ(pool.ReallocateBlock(block, 100), block);
  EXPECT_TRUE(IsAll(block, 0xEE, 112));
  EXPECT_TRUE(IsAll(block + 112, 0, 1008 - 112));
  uint8_t* const moved = Bytes(pool.ReallocateBlock(block, 2000));
  ASSERT_NE(moved, block);
  EXPECT_TRUE(IsAll(moved, 0xEE, 100));
  EXPECT_TRUE(IsAll(block, 0, 1008));
  // Not what stays.
  std::memset(moved, 0xDD, 2000);
  EXPECT_EQ(pool.ReallocateBlock(moved, SIZE_MAX), nullptr);
  EXPECT_EQ(pool.ReallocateBlock(moved, 100, {.alignment = 0}), nullptr);
  EXPECT_TRUE(IsAll(moved, 0xDD, 2000));
  pool.FreeBlock(moved);
  pool.FreeBlock(wall);
}

TEST(PoolBlocksTest, FirstFitKnowsNoBlocksByTheirAddress) {
  HeapPrealloc pool = MakePoolOf<char>(Discipline::kFirstFit, 4 * kKiB);
  EXPECT_EQ(pool.AllocateBlock(1), nullptr);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNeedsCoalescing);
  EXPECT_EQ(pool.ReallocateBlock(nullptr, 1), nullptr);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNeedsCoalescing);
  pool.FreeBlock(nullptr);
  const Cell<char> cell = pool.AllocCell<char>(100);
  EXPECT_EQ(pool.UsableSize(cell.data()), 0u);
  EXPECT_EQ(pool.stats().exhausted, 0u);
}

TEST(PoolBlocksDeathTest, MistakesAreReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc first_fit = MakePoolOf<char>(Discipline::kFirstFit, 4 * kKiB);
  HeapPrealloc gone = MakePool(4 * kKiB);
  const HeapPrealloc moved = std::move(gone);
  const Cell<char> cell = first_fit.AllocCell<char>(1);
  uint8_t* const block = Bytes(pool.AllocateBlock(100));
  uint8_t* const freed = Bytes(pool.AllocateBlock(100));
  pool.FreeBlock(freed);
  struct Mistake {
    HeapPrealloc* pool;
    const void* address;
    const char* report;
  };
  // NOLINTNEXTLINE: what is left after the move is the claim.
  HeapPrealloc* const left = &gone;
  for (const Mistake& mistake :
       {Mistake{&pool, freed, "^cellblock: double free of 0x"},
        Mistake{&pool, block + 16, "^cellblock: interior free of 0x"},
        Mistake{&pool, block + 1, "^cellblock: misaligned free of 0x"},
        Mistake{&pool, &pool, "^cellblock: foreign free of 0x"},
        Mistake{&first_fit, cell.data(), "^cellblock: foreign free of 0x"},
        Mistake{left, block, "^cellblock: foreign free of 0x"}}) {
    void* const address = const_cast<void*>(mistake.address);
    EXPECT_EXIT(mistake.pool->FreeBlock(address),
                testing::KilledBySignal(SIGABRT), mistake.report);
    EXPECT_EXIT((void)mistake.pool->ReallocateBlock(address, 10),
                testing::KilledBySignal(SIGABRT), mistake.report);
  }
}

size_t ResidentBytes() {
  size_t total = 0;
  size_t resident = 0;
  std::FILE* const statm = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(statm, "%zu %zu", &total, &resident), 2);
  std::fclose(statm);
  return resident * 4096;
}

// Memory that was never used is zero: growing into it touches nothing.
TEST(PoolBlocksTest, SeedParity_Row27_GrowthIntoFreshMemoryClearsNothing) {
  constexpr size_t kLarge = 256 << 20;
  Result<HeapPrealloc> pool =
      HeapPrealloc::Create(Region::Map({.bytes = 2 * kLarge}));
  ASSERT_TRUE(pool.ok());
  void* const block = pool->AllocateBlock(16);
  const size_t before = ResidentBytes();
  ASSERT_EQ(pool->ReallocateBlock(block, kLarge), block);
  EXPECT_LT(ResidentBytes() - before, kLarge / 16);
  static_cast<uint8_t*>(block)[kLarge - 1] = 1;
  // What was used is cleared when it is gained again.
  ASSERT_EQ(pool->ReallocateBlock(block, kLarge - 4096), block);
  ASSERT_EQ(pool->ReallocateBlock(block, kLarge), block);
  EXPECT_EQ(static_cast<uint8_t*>(block)[kLarge - 1], 0);
}

void AskForTooMuch(void*, size_t, void* context) {
  HeapPrealloc* const pool = *static_cast<HeapPrealloc**>(context);
  EXPECT_EQ(pool->AllocateBlock(1 << 30), nullptr);
}

TEST(PoolBlocksTest, ARefusalInAFillFunctionIsNotOneOfTheCell) {
  HeapPrealloc* inside = nullptr;
  Result<HeapPrealloc> pool = HeapPrealloc::Create(
      Region::Map({.bytes = 1 << 20}), {.fill = Fill::kFunction,
                                        .fill_function = &AskForTooMuch,
                                        .fill_context = &inside});
  ASSERT_TRUE(pool.ok());
  inside = &*pool;
  EXPECT_TRUE(pool->TryAllocCell<int>(10).ok());
  void* const block = pool->AllocateBlock(16);
  EXPECT_EQ(pool->ReallocateBlock(block, 1000), block);
  EXPECT_EQ(pool->last_error(), AllocatorError::kNone);
}

}  // namespace
}  // namespace cellblock
