// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/span_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "allocator/malloc/slab.h"

namespace cellblock {
namespace {

constexpr size_t kNoLimit = SIZE_MAX;
constexpr uint32_t kRecords = 1000;

class SpanCacheTest : public testing::Test {
 protected:
  // The record is that of an unused span of so many pages.
  Slab* Span(uint32_t index, size_t pages) {
    records_[index].reciprocal = pages;
    return &records_[index];
  }
  bool Push(uint32_t index, size_t pages, size_t most = kNoLimit) {
    return cache_.Push(records_.data(), Span(index, pages), pages, most);
  }
  // The index of what was popped, or 0.
  uint32_t Pop(size_t pages) {
    return IndexOf(cache_.Pop(records_.data(), pages));
  }
  uint32_t PopAbout(size_t pages) {
    return IndexOf(cache_.PopAbout(records_.data(), pages));
  }
  std::vector<uint32_t> TakeAny() {
    std::vector<uint32_t> taken;
    for (uint32_t i = cache_.TakeAny(); i != 0; i = records_[i].next) {
      taken.push_back(i);
    }
    return taken;
  }

 private:
  uint32_t IndexOf(const Slab* span) const {
    return span == nullptr ? 0 : static_cast<uint32_t>(span - records_.data());
  }

 protected:
  std::vector<Slab> records_{kRecords};
  SpanCache cache_;
};

TEST_F(SpanCacheTest, EmptyOneGivesNothing) {
  for (size_t pages = 0; pages <= 2 * kMaxSlabPages; ++pages) {
    EXPECT_EQ(Pop(pages), 0u);
  }
  EXPECT_EQ(Pop(SIZE_MAX), 0u);
  EXPECT_EQ(TakeAny(), std::vector<uint32_t>());
}

TEST_F(SpanCacheTest, ZeroBytesAreAnEmptyOne) {
  memset(static_cast<void*>(&cache_), 0, sizeof(cache_));
  EXPECT_EQ(Pop(1), 0u);
  EXPECT_TRUE(Push(7, 1));
  EXPECT_EQ(Pop(1), 7u);
}

TEST_F(SpanCacheTest, GivesBackTheLastOneOfASizeFirst) {
  for (uint32_t i = 1; i <= 10; ++i) ASSERT_TRUE(Push(i, 3));
  for (uint32_t i = 10; i >= 1; --i) EXPECT_EQ(Pop(3), i);
  EXPECT_EQ(Pop(3), 0u);
}

TEST_F(SpanCacheTest, EverySizeHasAStackOfItsOwn) {
  for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
    ASSERT_TRUE(Push(pages, pages));
  }
  for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
    EXPECT_EQ(Pop(pages), pages);
    EXPECT_EQ(Pop(pages), 0u);
  }
}

TEST_F(SpanCacheTest, HoldsAsManyOfASizeAsTheMostPagesAllow) {
  for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
    constexpr size_t kMost = 100;
    uint32_t held = 0;
    while (Push(held + 1, pages, kMost)) ++held;
    EXPECT_EQ(held, kMost / pages) << pages;
    // One that was taken out makes room for one.
    if (held == 0) continue;
    EXPECT_EQ(Pop(pages), held);
    EXPECT_TRUE(Push(held, pages, kMost));
    EXPECT_FALSE(Push(held + 1, pages, kMost));
    EXPECT_EQ(TakeAny().size(), held);
  }
}

TEST_F(SpanCacheTest, AboutIsTheShortestOfUpToAnEighthMore) {
  for (size_t asked = 1; asked <= kMaxSlabPages; ++asked) {
    for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
      ASSERT_TRUE(Push(pages, pages));
    }
    const size_t most = std::min<size_t>(asked + asked / 8, kMaxSlabPages);
    for (size_t pages = asked; pages <= most; ++pages) {
      EXPECT_EQ(PopAbout(asked), pages) << asked;
    }
    EXPECT_EQ(PopAbout(asked), 0u) << asked;
    // Of the others all are there.
    for (size_t pages = 1; pages <= kMaxSlabPages; ++pages) {
      const bool is_gone = pages >= asked && pages <= most;
      EXPECT_EQ(Pop(pages), is_gone ? 0 : pages) << asked;
    }
  }
}

TEST_F(SpanCacheTest, AboutFindsNothingWhereOthersWere) {
  ASSERT_TRUE(Push(1, 8));
  ASSERT_TRUE(Push(2, 9));
  EXPECT_EQ(TakeAny(), std::vector<uint32_t>{1});
  EXPECT_EQ(PopAbout(8), 2u);
  EXPECT_EQ(PopAbout(8), 0u);
  ASSERT_TRUE(Push(3, 8));
  EXPECT_EQ(PopAbout(8), 3u);
}

TEST_F(SpanCacheTest, AboutIsExactForLargeSpans) {
  ASSERT_TRUE(Push(1, kMaxSlabPages + 1));
  EXPECT_EQ(PopAbout(kMaxSlabPages), 0u);
  EXPECT_EQ(PopAbout(kMaxSlabPages + 2), 0u);
  EXPECT_EQ(PopAbout(kMaxSlabPages + 1), 1u);
}

TEST_F(SpanCacheTest, LargeSpansAreFoundByTheirExactSize) {
  ASSERT_TRUE(Push(1, 100));
  EXPECT_EQ(Pop(104), 0u);  // of the same slot
  EXPECT_EQ(Pop(96), 0u);
  EXPECT_EQ(Pop(101), 0u);
  EXPECT_EQ(Pop(100), 1u);
  EXPECT_EQ(Pop(100), 0u);
}

TEST_F(SpanCacheTest, AFewLargeSpansAreKeptAndNoneAboveTheMost) {
  EXPECT_FALSE(Push(1, 100, 99));
  EXPECT_FALSE(Push(1, 100, 0));
  EXPECT_TRUE(Push(1, 100, 100));
  EXPECT_FALSE(Push(2, 100, 100));
  EXPECT_FALSE(Push(2, 104));  // of the same slot
  for (uint32_t i = 1; i < 4; ++i) EXPECT_TRUE(Push(1 + i, 100 + i));
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(Pop(100 + i), 1 + i);
}

TEST_F(SpanCacheTest, SizeNextToTheLimitIsASlabsOrALargeOne) {
  ASSERT_TRUE(Push(1, kMaxSlabPages));
  ASSERT_TRUE(Push(2, kMaxSlabPages));  // a stack
  ASSERT_TRUE(Push(3, kMaxSlabPages + 1));
  EXPECT_FALSE(Push(4, kMaxSlabPages + 1));  // a slot
  EXPECT_EQ(Pop(kMaxSlabPages), 2u);
  EXPECT_EQ(Pop(kMaxSlabPages + 1), 3u);
}

TEST_F(SpanCacheTest, TakeAnyEmptiesItOneSizeAtATime) {
  std::set<uint32_t> pushed;
  uint32_t index = 0;
  for (const size_t pages : {1, 1, 1, 2, 7, 7, 64, 64, 65, 66, 1000}) {
    pushed.insert(++index);
    ASSERT_TRUE(Push(index, pages));
  }
  std::set<uint32_t> taken;
  for (;;) {
    const std::vector<uint32_t> some = TakeAny();
    if (some.empty()) break;
    for (const uint32_t i : some) {
      EXPECT_EQ(records_[i].reciprocal, records_[some[0]].reciprocal);
      EXPECT_TRUE(taken.insert(i).second) << i << " is there twice";
    }
  }
  EXPECT_EQ(taken, pushed);
  for (size_t pages = 1; pages <= 1000; ++pages) EXPECT_EQ(Pop(pages), 0u);
}

TEST_F(SpanCacheTest, WhatOthersEmptiedHoldsNothing) {
  for (uint32_t i = 1; i <= 4; ++i) ASSERT_TRUE(Push(i, 2, 8));
  EXPECT_FALSE(Push(5, 2, 8));
  EXPECT_EQ(TakeAny().size(), 4u);
  for (uint32_t i = 5; i <= 8; ++i) EXPECT_TRUE(Push(i, 2, 8));
  EXPECT_FALSE(Push(9, 2, 8));
}

TEST_F(SpanCacheTest, AllOfItHoldsNoMoreThanTheMostPages) {
  EXPECT_TRUE(Push(1, 5, 20));
  EXPECT_TRUE(Push(2, 6, 20));
  EXPECT_FALSE(Push(3, 10, 20));
  EXPECT_TRUE(Push(3, 9, 20));
  EXPECT_FALSE(Push(4, 1, 20));
  EXPECT_FALSE(Push(4, 100, 20));
  EXPECT_EQ(Pop(6), 2u);
  EXPECT_TRUE(Push(4, 6, 20));
  EXPECT_FALSE(Push(5, 1, 20));
}

TEST_F(SpanCacheTest, WhatOthersTookMakesRoom) {
  EXPECT_TRUE(Push(1, 10, 10));
  EXPECT_FALSE(Push(2, 1, 10));
  EXPECT_EQ(TakeAny().size(), 1u);
  EXPECT_TRUE(Push(2, 10, 10));
  EXPECT_FALSE(Push(3, 1, 10));
}

TEST_F(SpanCacheTest, EvictsOneSizeAfterTheOtherButNotTheOneThatIsAskedFor) {
  uint32_t index = 0;
  for (const size_t pages : {2, 2, 3, 3, 3, 64}) {
    ASSERT_TRUE(Push(++index, pages, 77));
  }
  EXPECT_FALSE(Push(7, 1, 77));
  std::set<uint64_t> sizes;
  size_t evicted = 0;
  while (const uint32_t first = cache_.Evict(records_.data(), 3)) {
    EXPECT_TRUE(sizes.insert(records_[first].reciprocal).second);
    for (uint32_t i = first; i != 0; i = records_[i].next) {
      EXPECT_EQ(records_[i].reciprocal, records_[first].reciprocal);
      ++evicted;
    }
  }
  EXPECT_EQ(sizes, (std::set<uint64_t>{2, 64}));
  EXPECT_EQ(evicted, 3u);
  // There is room for as much again.
  EXPECT_TRUE(Push(7, 64, 77));
  EXPECT_TRUE(Push(8, 4, 77));
  EXPECT_FALSE(Push(9, 1, 77));
  for (uint32_t i = 5; i >= 3; --i) EXPECT_EQ(Pop(3), i);
}

TEST_F(SpanCacheTest, LargeOnesThatTheOwnerTakesLeaveTheOthersCounted) {
  constexpr size_t kMost = 300;
  ASSERT_TRUE(Push(1, 60, kMost));
  ASSERT_TRUE(Push(2, 60, kMost));
  ASSERT_TRUE(Push(3, 100, kMost));
  EXPECT_FALSE(Push(4, 101, kMost));
  EXPECT_EQ(cache_.EvictLarge(records_.data()), 3u);
  EXPECT_EQ(cache_.EvictLarge(records_.data()), 0u);
  ASSERT_TRUE(Push(3, 100, kMost));
  EXPECT_FALSE(Push(4, 81, kMost));
  EXPECT_TRUE(Push(4, 79, kMost));
  EXPECT_FALSE(Push(5, 2, kMost));
  EXPECT_TRUE(Push(5, 1, kMost));
}

TEST_F(SpanCacheTest, EvictsNothingOfAnEmptyOne) {
  EXPECT_EQ(cache_.Evict(records_.data(), 1), 0u);
  ASSERT_TRUE(Push(1, 1));
  EXPECT_EQ(cache_.Evict(records_.data(), 1), 0u);
  ASSERT_TRUE(Push(2, 100));
  EXPECT_EQ(cache_.Evict(records_.data(), 1), 0u);
}

}  // namespace
}  // namespace cellblock
