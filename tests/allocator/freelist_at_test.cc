// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Units that are asked for by their place.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "allocator/freelist.h"
#include "tests/allocator/freelist_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;

TEST(FreelistAtTest, IsCutOutOfTheWilderness) {
  TestFreelist list(20);
  EXPECT_TRUE(list->AllocateAt(5, 3, 0));
  EXPECT_EQ(SpansOf(*list), "free 5, used 3, free 12");
  EXPECT_EQ(list->high_water(), 8u);
  EXPECT_FALSE(list->AllocateAt(4, 2, 0));
  EXPECT_FALSE(list->AllocateAt(7, 1, 0));
  EXPECT_FALSE(list->AllocateAt(8, 13, 0));
  EXPECT_TRUE(list->AllocateAt(8, 12, 0));
  EXPECT_EQ(SpansOf(*list), "free 5, used 3, used 12");
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistAtTest, IsCutOutOfAHole) {
  TestFreelist list(20);
  ASSERT_EQ(list->Allocate(10, 0), 0u);
  ASSERT_EQ(list->Allocate(10, 0), 10u);
  ASSERT_EQ(list->Free(0), kOk);
  EXPECT_TRUE(list->AreFree(0, 10));
  EXPECT_FALSE(list->AreFree(0, 11));
  EXPECT_TRUE(list->AllocateAt(4, 2, 0));
  EXPECT_EQ(SpansOf(*list), "free 4, used 2, free 4, used 10");
  EXPECT_TRUE(list->AllocateAt(9, 1, 0));
  EXPECT_TRUE(list->AllocateAt(0, 1, 0));
  EXPECT_EQ(SpansOf(*list), "used 1, free 3, used 2, free 3, used 1, used 10");
  EXPECT_TRUE(IsValid(*list));
}

TEST(FreelistAtTest, NothingLiesBeyondTheEnd) {
  TestFreelist list(20);
  EXPECT_FALSE(list->AllocateAt(20, 1, 0));
  EXPECT_FALSE(list->AllocateAt(0, 21, 0));
  EXPECT_FALSE(list->AllocateAt(0, 0, 0));
  EXPECT_FALSE(list->AllocateAt(~0u, 1, 0));
  EXPECT_FALSE(list->AllocateAt(1, ~0u, 0));
  EXPECT_EQ(SpansOf(*list), "free 20");
}

// Against a row of units that are used or not.
TEST(FreelistAtTest, IsGivenWhatIsFreeAndNothingElse) {
  constexpr uint32_t kUnits = 200;
  Random random(20261130);
  for (int history = 0; history < 50; ++history) {
    TestFreelist list(kUnits);
    std::vector<bool> used(kUnits);
    std::vector<uint32_t> live;
    for (int step = 0; step < 300; ++step) {
      const uint32_t units = 1 + random.Below(random.OneIn(3) ? 40 : 4);
      uint32_t index = random.Below(kUnits);
      if (!live.empty() && random.OneIn(3)) {
        const uint32_t which = random.Below(static_cast<uint32_t>(live.size()));
        index = live[which];
        const uint32_t length = list->SpanUnits(index);
        live.erase(live.begin() + which);
        ASSERT_EQ(list->Free(index), kOk);
        std::fill_n(used.begin() + index, length, false);
        continue;
      }
      if (random.OneIn(4)) {
        index = list->Allocate(units, 0);
        if (index == Freelist::kNoSpan) continue;
      } else {
        const bool fits =
            units <= kUnits - index &&
            std::none_of(used.begin() + index, used.begin() + index + units,
                         [](bool is) { return is; });
        ASSERT_EQ(list->AreFree(index, units), fits);
        ASSERT_EQ(list->AllocateAt(index, units, 0), fits);
        if (!fits) continue;
      }
      std::fill_n(used.begin() + index, units, true);
      live.push_back(index);
      ASSERT_TRUE(IsValid(*list));
    }
  }
}

}  // namespace
}  // namespace cellblock
