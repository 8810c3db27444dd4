// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The ancestor's mixed load, to the digit: after as many steps it dies in the
// same state.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocator/first_fit_heap.h"
#include "tests/allocator/first_fit_heap_fixture.h"
#include "tests/allocator/golden_rows.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPoolBytes = 16 << 20;

class FirstFitGolden : public testing::TestWithParam<GoldenRow> {};

TEST_P(FirstFitGolden, SeedParity_Row15_DiesWhereTheAncestorDoes) {
  const GoldenRow& row = GetParam();
  TestFirstFitHeap heap({.pool_bytes = kPoolBytes, .slots = row.slots});
  Random random(row.seed);
  std::vector<FirstFitBlock> live;
  uint64_t used = 0;
  int step = 0;
  while (true) {
    ++step;
    ASSERT_LE(step, 50'000) << "it should have died";
    const uint64_t r = random.Next();
    if (used < kPoolBytes / 2 && (r % 100 < 55 || live.empty())) {
      const uint64_t e = 4 + random.Next() % 10;
      const size_t bytes = (size_t{1} << e) + random.Next() % (1u << e);
      const FirstFitBlock block = heap.Allocate(bytes);
      if (block.data == nullptr) break;
      used += block.bytes;
      live.push_back(block);
    } else if (!live.empty()) {
      const size_t k = random.Next() % live.size();
      std::swap(live[k], live.back());
      used -= live.back().bytes;
      ASSERT_EQ(heap.Free(live.back()), AllocatorError::kNone);
      live.pop_back();
    }
  }
  EXPECT_EQ(step, row.steps);
  EXPECT_EQ(used, row.live);
  EXPECT_EQ(heap->stats().in_use_bytes, row.live);
  EXPECT_EQ(heap->slots().FreeUnits(), row.free);
  EXPECT_EQ(heap->stats().lost_bytes, row.lost);
  EXPECT_EQ(heap->slots().start(), row.start);
  EXPECT_EQ(heap->slots().cursor(), row.cursor);
  EXPECT_EQ(heap->stats().exhausted, 1u);
  EXPECT_TRUE(IsValid(*heap));
}

std::string NameOf(const testing::TestParamInfo<GoldenRow>& info) {
  return std::to_string(info.param.slots) + "SlotsSeed" +
         std::to_string(info.param.seed);
}

INSTANTIATE_TEST_SUITE_P(AllTwelve, FirstFitGolden,
                         testing::ValuesIn(kGoldenRows), NameOf);

}  // namespace
}  // namespace cellblock
