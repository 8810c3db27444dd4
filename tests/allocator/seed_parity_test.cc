// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The scripts and the workload of the ancestors, on every kind of pool there
// is so far. A row is a claim of theirs that holds here too.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

enum class Source : uint8_t { kMapped, kBorrowed };

// A pool of either kind. A borrowed one starts dirty.
class AnyPool {
 public:
  AnyPool(Source source, size_t bytes, Fill fill) {
    // Room for the heap and a table of 8 bytes for each 16.
    const size_t room = bytes + bytes / 2 + 8 * 1024;
    if (source == Source::kBorrowed) {
      buffer_ = std::make_unique<uint8_t[]>(room);
      std::memset(buffer_.get(), 0xA5, room);
    }
    pool_ = std::make_unique<Result<HeapPrealloc>>(
        source == Source::kMapped
            ? HeapPrealloc::Create({.bytes = bytes, .fill = fill})
            : HeapPrealloc::CreateOver(buffer_.get(), room, {.fill = fill}));
    EXPECT_TRUE(pool_->ok()) << Message(pool_->error());
  }

  HeapPrealloc& operator*() { return **pool_; }

 private:
  std::unique_ptr<uint8_t[]> buffer_;
  std::unique_ptr<Result<HeapPrealloc>> pool_;
};

class PoolKind : public testing::TestWithParam<std::tuple<Source, Fill>> {
 protected:
  Source source() const { return std::get<0>(GetParam()); }
  Fill fill() const { return std::get<1>(GetParam()); }
  AnyPool MakePool(size_t bytes) { return AnyPool(source(), bytes, fill()); }
};

TEST_P(PoolKind, SeedParity_Row09_ScriptS) {
  AnyPool owner = MakePool(64 * 1024);
  HeapPrealloc& pool = *owner;
  Cell<uint8_t> x = pool.AllocCell<uint8_t>(9999);
  x[0] = 4;
  Cell<uint8_t> y = pool.AllocCell<uint8_t>(4);
  y[0] = 5;
  pool.FreeCell(std::move(y));
  Cell<uint8_t> three = pool.AllocCell<uint8_t>(3);
  three[0] = 6;
  pool.FreeCell(std::move(three));
  Cell<uint8_t> z = pool.AllocCell<uint8_t>(4);
  z[1] = 8;
  Cell<uint8_t> r = pool.AllocCell<uint8_t>(4);
  r[1] = 9;
  EXPECT_EQ(x[0], 4);
  EXPECT_EQ(z[1], 8);
  EXPECT_EQ(r[1], 9);
  if (fill() == Fill::kZeroed) {
    EXPECT_EQ(z[0], 0);
    EXPECT_EQ(r[0], 0);
  }
  EXPECT_TRUE(pool.AllocCell<uint8_t>(1));
  EXPECT_TRUE(pool.Validate().ok());
}

// Eight cells of 31 recycle for ever; what has no elements takes nothing.
TEST_P(PoolKind, SeedParity_Row10_ScriptZ) {
  AnyPool owner = MakePool(8 * 32);
  HeapPrealloc& pool = *owner;
  std::vector<Cell<uint8_t>> empty(8);
  std::vector<Cell<uint8_t>> full(8);
  for (auto& cell : empty) cell = pool.AllocCell<uint8_t>(0);
  EXPECT_EQ(pool.stats().in_use_bytes, 0u);
  for (int round = 0; round < 3; ++round) {
    for (auto& cell : full) {
      cell = pool.AllocCell<uint8_t>(31);
      ASSERT_EQ(pool.last_error(), AllocatorError::kNone);
      cell[30] = 1;
    }
    EXPECT_EQ(pool.stats().in_use_bytes, 8u * 32);
    for (size_t i : {3, 0, 7, 1, 6, 2, 5, 4}) {
      pool.FreeCell(std::move(full[i]));
      pool.FreeCell(std::move(empty[7 - i]));
    }
    EXPECT_TRUE(pool.Validate().ok());
  }
  EXPECT_EQ(pool.stats().exhausted, 0u);
}

// 400,000 steps at up to half the pool, where every first-fit slot count dies
// within 43,058.
TEST_P(PoolKind, SeedParity_Row26_GoldenWorkloadSurvives) {
  constexpr size_t kPoolBytes = 16 << 20;
  AnyPool owner = MakePool(kPoolBytes);
  HeapPrealloc& pool = *owner;
  for (uint64_t seed : {0, 1, 2}) {
    Random random(seed);
    std::vector<Cell<uint8_t>> live;
    size_t used = 0;
    for (int step = 1; step <= 400'000; ++step) {
      const uint64_t r = random.Next();
      if (used < kPoolBytes / 2 && (r % 100 < 55 || live.empty())) {
        const uint64_t e = 4 + random.Next() % 10;
        const size_t bytes = (size_t{1} << e) + random.Next() % (1u << e);
        Cell<uint8_t> cell = pool.Allocate<uint8_t>(bytes);
        ASSERT_TRUE(cell) << "seed " << seed << ", step " << step;
        if (fill() == Fill::kZeroed) {
          ASSERT_TRUE(IsAll(cell.data(), 0, bytes));
        }
        cell[0] = 0xEE;
        cell[bytes / 2] = 0xEE;
        cell[bytes - 1] = 0xEE;
        used += bytes;
        live.push_back(std::move(cell));
      } else if (!live.empty()) {
        const size_t k = random.Next() % live.size();
        std::swap(live[k], live.back());
        used -= live.back().size();
        pool.FreeCell(std::move(live.back()));
        live.pop_back();
      }
      if (step % 50'000 == 0) {
        ASSERT_TRUE(pool.Validate().ok());
      }
    }
    live.clear();
    EXPECT_EQ(pool.LargestFree(), pool.stats().pool_bytes);
  }
  EXPECT_EQ(pool.stats().exhausted, 0u);
  EXPECT_GT(pool.stats().peak_bytes, kPoolBytes / 2);
}

// A second pool over the same buffer keeps its promises.
TEST_P(PoolKind, SeedParity_Row23_SecondPoolOverTheSameBuffer) {
  std::vector<uint8_t> buffer(64 * 1024, 0xA5);
  for (int round = 0; round < 2; ++round) {
    Result<HeapPrealloc> pool = HeapPrealloc::CreateOver(
        buffer.data(), buffer.size(), {.fill = fill()});
    ASSERT_TRUE(pool.ok());
    Cell<uint8_t> cell = pool->Allocate<uint8_t>(pool->stats().pool_bytes);
    ASSERT_TRUE(cell);
    if (fill() == Fill::kZeroed) {
      EXPECT_TRUE(IsAll(cell.data(), 0, cell.size()));
    }
    std::memset(cell.data(), 0xEE, cell.size());
  }
}

std::string NameOf(const testing::TestParamInfo<PoolKind::ParamType>& info) {
  const auto [source, fill] = info.param;
  return std::string(source == Source::kMapped ? "Mapped" : "Borrowed") +
         (fill == Fill::kZeroed ? "Zeroed" : "Uninitialized");
}

INSTANTIATE_TEST_SUITE_P(
    Every, PoolKind,
    testing::Combine(testing::Values(Source::kMapped, Source::kBorrowed),
                     testing::Values(Fill::kZeroed, Fill::kUninitialized)),
    NameOf);

}  // namespace
}  // namespace cellblock
