// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a pool gives back at its end.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kBytes = 16 * 1024;

// A source that counts what comes back.
struct Ledger {
  std::vector<std::unique_ptr<uint8_t[]>> blocks;
  size_t released = 0;
};

Result<Region> LedgerRegion(Ledger* ledger, size_t bytes) {
  return Region::From({.acquire = [](size_t size, void* context) -> void* {
                         auto& blocks = static_cast<Ledger*>(context)->blocks;
                         blocks.push_back(std::make_unique<uint8_t[]>(size));
                         return blocks.back().get();
                       },
                       .release =
                           [](void*, size_t, void* context) {
                             ++static_cast<Ledger*>(context)->released;
                           },
                       .context = ledger},
                      bytes);
}

class ReleasePool : public testing::TestWithParam<Discipline> {
 protected:
  static PoolOptions Options() {
    return {.discipline = GetParam(), .slots = 8};
  }
};

INSTANTIATE_TEST_SUITE_P(Disciplines, ReleasePool, kDisciplines,
                         DisciplineName);

TEST_P(ReleasePool, SeedParity_Row06_EachRegionIsReleasedOnceAtTheEnd) {
  Ledger ledger;
  {
    Result<HeapPrealloc> first =
        HeapPrealloc::Create(LedgerRegion(&ledger, kBytes),
                             LedgerRegion(&ledger, kBytes), Options());
    ASSERT_TRUE(first.ok());
    ASSERT_EQ(first->Grow(LedgerRegion(&ledger, kBytes)),
              AllocatorError::kNone);
    ASSERT_EQ(first->Grow(LedgerRegion(&ledger, kBytes)),
              AllocatorError::kNone);
    HeapPrealloc moved = std::move(first).value();
    EXPECT_EQ(ledger.released, 0u);
    Result<HeapPrealloc> other =
        HeapPrealloc::Create(LedgerRegion(&ledger, kBytes), Options());
    ASSERT_EQ(other->Grow(LedgerRegion(&ledger, kBytes)),
              AllocatorError::kNone);
    *other = std::move(moved);
    EXPECT_EQ(ledger.released, 2u);
  }
  EXPECT_EQ(ledger.blocks.size(), 6u);
  EXPECT_EQ(ledger.released, 6u);
}

TEST_P(ReleasePool, SeedParity_Row06_ARefusedPoolKeepsNothing) {
  Ledger ledger;
  PoolOptions options = Options();
  options.fill = Fill::kFunction;
  EXPECT_FALSE(HeapPrealloc::Create(LedgerRegion(&ledger, kBytes),
                                    LedgerRegion(&ledger, kBytes), options)
                   .ok());
  EXPECT_FALSE(HeapPrealloc::Create(LedgerRegion(&ledger, kBytes),
                                    LedgerRegion(&ledger, 16), Options())
                   .ok());
  EXPECT_FALSE(HeapPrealloc::Create(LedgerRegion(&ledger, 16), Options()).ok());
  EXPECT_EQ(ledger.blocks.size(), 5u);
  EXPECT_EQ(ledger.released, 5u);
}

TEST_P(ReleasePool, SeedParity_Row05_RetainedMemoryIsNotGivenBack) {
  Ledger ledger;
  const auto leak = [&] {
    Result<HeapPrealloc> pool =
        HeapPrealloc::Create(LedgerRegion(&ledger, kBytes),
                             LedgerRegion(&ledger, kBytes), Options());
    EXPECT_EQ(pool->Grow(LedgerRegion(&ledger, kBytes)), AllocatorError::kNone);
    pool->RetainMemory();
    const HeapPrealloc moved = std::move(pool).value();
  };
  leak();
  EXPECT_EQ(ledger.blocks.size(), 3u);
  EXPECT_EQ(ledger.released, 0u);
}

}  // namespace
}  // namespace cellblock
