// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the ancestor promises of its pools, on every kind of pool. The names
// carry the rows of docs/seed_parity.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/pool_kinds.h"

namespace cellblock {
namespace {

using ByteCell = Cell<uint8_t>;

class SeedParityZeroedPool : public EveryPool {};

TEST_P(SeedParityZeroedPool, SeedParity_Row02_AllOfThePoolIsZero) {
  WithPool(4096, 4, [](HeapPrealloc& pool, uint8_t /*held*/) {
    const ByteCell all = TakeAll(pool);
    EXPECT_TRUE(IsAll(all.data(), 0, all.size()));
  });
}

INSTANTIATE_TEST_SUITE_P(All, SeedParityZeroedPool, PoolKinds({Fill::kZeroed}),
                         PoolKindName);

class SeedParityUninitializedPool : public EveryPool {};

TEST_P(SeedParityUninitializedPool, SeedParity_Row03_MemoryIsLeftAsItWas) {
  WithPool(4096, 4, [](HeapPrealloc& pool, uint8_t held) {
    const ByteCell all = TakeAll(pool);
    EXPECT_TRUE(IsAll(all.data(), held, all.size()));
  });
}

INSTANTIATE_TEST_SUITE_P(All, SeedParityUninitializedPool,
                         PoolKinds({Fill::kUninitialized}), PoolKindName);

class SeedParityEveryPool : public EveryPool {};

TEST_P(SeedParityEveryPool, SeedParity_Row04_EveryByteIsServedAndWritable) {
  WithPool(4096, 64, [&](HeapPrealloc& pool, uint8_t /*held*/) {
    const size_t unit = pool.stats().unit_bytes;
    const size_t whole = pool.stats().pool_bytes;
    const size_t piece = whole / 16 / unit * unit;
    std::vector<ByteCell> cells;
    while (pool.FreeBytes() != 0) {
      cells.push_back(
          pool.AllocCell<uint8_t>(std::min<size_t>(piece, pool.FreeBytes())));
      ASSERT_TRUE(cells.back()) << Message(pool.last_error());
      std::memset(cells.back().data(), static_cast<int>(cells.size()),
                  cells.back().size());
    }
    EXPECT_FALSE(pool.AllocCell<uint8_t>(1));
    size_t total = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      total += cells[i].size();
      EXPECT_TRUE(
          IsAll(cells[i].data(), static_cast<uint8_t>(i + 1), cells[i].size()));
    }
    EXPECT_EQ(total, whole);
    EXPECT_TRUE(pool.Validate().ok()) << "the pool overlaps its table";
  });
}

TEST_P(SeedParityEveryPool, SeedParity_Row08_WhatRunsOverACellIsChosen) {
  WithPool(4096, 4, [&](HeapPrealloc& pool, uint8_t held) {
    ByteCell cell = pool.AllocCell<uint8_t>(100);
    ASSERT_TRUE(cell);
    const size_t block = pool.stats().in_use_bytes;
    EXPECT_GE(block, 100u);
    if (fill() != Fill::kUninitialized || is_first_fit()) {
      EXPECT_TRUE(IsAll(cell.data(), Promised(held), cell.size()));
    }
    EXPECT_EQ(painted_.blocks, fill() == Fill::kFunction ? 1u : 0u);
    EXPECT_EQ(painted_.bytes, fill() == Fill::kFunction ? block : 0u);
    // Again over memory that was used, and not where there is no cell.
    std::memset(cell.data(), 0xEE, cell.size());
    pool.FreeCell(std::move(cell));
    EXPECT_FALSE(pool.AllocCell<uint8_t>(0));
    EXPECT_FALSE(pool.AllocCell<uint8_t>(SIZE_MAX));
    const ByteCell again = pool.AllocCell<uint8_t>(100);
    if (fill() != Fill::kUninitialized || is_first_fit()) {
      EXPECT_TRUE(IsAll(again.data(), Promised(0xEE), again.size()));
    }
    EXPECT_EQ(painted_.blocks, fill() == Fill::kFunction ? 2u : 0u);
  });
}

TEST_P(SeedParityEveryPool, SeedParity_Row09_ScriptS) {
  WithPool(16 * 1024, 4, [&](HeapPrealloc& pool, uint8_t held) {
    ByteCell x = pool.AllocCell<uint8_t>(9999);
    x[0] = 4;
    ByteCell y = pool.AllocCell<uint8_t>(4);
    y[0] = 5;
    pool.FreeCell(std::move(y));
    ByteCell three = pool.AllocCell<uint8_t>(3);
    three[0] = 6;
    pool.FreeCell(std::move(three));
    ByteCell z = pool.AllocCell<uint8_t>(4);
    z[1] = 8;
    ByteCell r = pool.AllocCell<uint8_t>(4);
    r[1] = 9;
    EXPECT_EQ(x[0], 4);
    EXPECT_EQ(z[1], 8);
    EXPECT_EQ(r[1], 9);
    // What an uninitialised cell shows, only the first-fit discipline says.
    if (fill() != Fill::kUninitialized || is_first_fit()) {
      EXPECT_EQ(z[0], Promised(6));
      EXPECT_EQ(r[0], Promised(held));
    }
    EXPECT_TRUE(pool.AllocCell<uint8_t>(1));
    EXPECT_EQ(pool.stats().exhausted, 0u);
  });
}

// In the last bytes of the pool: room for eight cells of 31 and for no more.
TEST_P(SeedParityEveryPool, SeedParity_Row10_ScriptZ) {
  WithPool(1024, 8, [&](HeapPrealloc& pool, uint8_t /*held*/) {
    const size_t unit = pool.stats().unit_bytes;
    const size_t room = 8 * ((31 + unit - 1) / unit * unit);
    ASSERT_TRUE(!is_first_fit() || room == 248);
    const ByteCell ballast =
        pool.AllocCell<uint8_t>(pool.stats().pool_bytes - room);
    ASSERT_TRUE(ballast);
    for (int round = 0; round < 50; ++round) {
      std::vector<ByteCell> none(8);
      std::vector<ByteCell> cells(8);
      for (ByteCell& cell : none) cell = pool.AllocCell<uint8_t>(0);
      for (ByteCell& cell : cells) {
        ASSERT_EQ(pool.last_error(), AllocatorError::kNone);
        cell = pool.AllocCell<uint8_t>(31);
        ASSERT_TRUE(cell) << "round " << round;
        ASSERT_EQ(cell.size(), 31u);
        ASSERT_TRUE(fill() != Fill::kZeroed || cell[30] == 0);
        cell[30] = 1;
      }
      EXPECT_EQ(pool.FreeBytes(), 0u);
      EXPECT_FALSE(pool.AllocCell<uint8_t>(1));
      for (size_t i : {3, 0, 7, 1, 6, 2, 5, 4}) {
        pool.FreeCell(std::move(cells[i]));
        pool.FreeCell(std::move(none[7 - i]));
      }
      EXPECT_EQ(pool.FreeBytes(), room);
    }
    EXPECT_EQ(pool.stats().allocations, 50u * 8 + 1);
    EXPECT_EQ(pool.stats().lost_bytes, 0u);
  });
}

TEST_P(SeedParityEveryPool, SeedParity_Row16_ExhaustionIsAValueAtOnce) {
  WithPool(4096, 4, [&](HeapPrealloc& pool, uint8_t /*held*/) {
    const size_t whole = pool.stats().pool_bytes;
    {
      const ByteCell all = TakeAll(pool);
      const ByteCell refused = pool.AllocCell<uint8_t>(1);
      EXPECT_FALSE(refused);
      EXPECT_TRUE(refused.empty());
      EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
      EXPECT_EQ(pool.TryAllocCell<uint8_t>(1).error(),
                AllocatorError::kExhausted);
      // Tried once, and described.
      EXPECT_EQ(pool.stats().exhausted, 2u);
      EXPECT_EQ(pool.stats().last_exhaustion.asked, 1u);
      EXPECT_EQ(pool.stats().last_exhaustion.in_use, whole);
      EXPECT_EQ(pool.stats().last_exhaustion.largest_free, 0u);
    }
    EXPECT_FALSE(pool.AllocCell<uint8_t>(whole + 1));
    EXPECT_EQ(pool.stats().last_exhaustion.short_by, pool.stats().unit_bytes);
    TakeAll(pool);
    EXPECT_EQ(pool.last_error(), AllocatorError::kNone);
  });
}

INSTANTIATE_TEST_SUITE_P(All, SeedParityEveryPool, AllPoolKinds(),
                         PoolKindName);

}  // namespace
}  // namespace cellblock
