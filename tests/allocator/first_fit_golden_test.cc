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
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPoolBytes = 16 << 20;

struct Row {
  size_t slots;
  uint64_t seed;
  int steps;  // the last of which is refused
  uint64_t live;
  uint64_t free;
  uint64_t lost;
  size_t start;
  size_t cursor;
};

// In bytes. The seeds of the ancestor's workload, not of this test.
constexpr Row kRows[] = {
    {4, 0, 23'400, 4'696'711, 4'035, 12'076'470, 0, 1},
    {4, 1, 22'974, 4'939'166, 9'554, 11'828'496, 0, 2},
    {4, 2, 23'286, 5'455'306, 27'227, 11'294'683, 0, 1},
    {64, 0, 34'129, 7'123'444, 154'987, 9'498'785, 0, 30},
    {64, 1, 32'415, 7'639'777, 198'235, 8'939'204, 0, 26},
    {64, 2, 32'997, 7'749'854, 150'479, 8'876'883, 0, 22},
    {512, 0, 39'351, 8'367'862, 805'766, 7'603'588, 0, 126},
    {512, 1, 37'936, 8'365'890, 1'005'632, 7'405'694, 0, 16},
    {512, 2, 38'818, 8'263'246, 1'003'167, 7'510'803, 0, 99},
    {4096, 0, 43'058, 8'382'458, 4'112'486, 4'282'272, 0, 2802},
    {4096, 1, 41'296, 8'366'218, 4'391'916, 4'019'082, 0, 1355},
    {4096, 2, 42'478, 8'351'872, 4'339'892, 4'085'452, 0, 2669},
};

class FirstFitGolden : public testing::TestWithParam<Row> {};

TEST_P(FirstFitGolden, SeedParity_Row15_DiesWhereTheAncestorDoes) {
  const Row& row = GetParam();
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

std::string NameOf(const testing::TestParamInfo<Row>& info) {
  return std::to_string(info.param.slots) + "SlotsSeed" +
         std::to_string(info.param.seed);
}

INSTANTIATE_TEST_SUITE_P(AllTwelve, FirstFitGolden, testing::ValuesIn(kRows),
                         NameOf);

}  // namespace
}  // namespace cellblock
