// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Every size, every class and every offset, each against its definition.

#include "allocator/malloc/size_class.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cellblock {
namespace {

TEST(SizeClassTest, ClassesAreSteppedBySixteenThenByAnEighthOfAPowerOfTwo) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < kClasses; ++i) {
    size_t step = 16;
    while (step * 16 <= bytes) step *= 2;
    bytes += step;
    EXPECT_EQ(ClassBytes(i), bytes) << i;
  }
  EXPECT_EQ(bytes, kMaxClassBytes);
}

TEST(SizeClassTest, EverySizeHasTheSmallestClassThatFits) {
  uint32_t expected = 0;
  for (size_t bytes = 0; bytes <= kMaxClassBytes; ++bytes) {
    while (ClassBytes(expected) < bytes) ++expected;
    ASSERT_EQ(ClassOf(bytes), expected) << bytes;
  }
  EXPECT_EQ(expected, kClasses - 1);
}

TEST(SizeClassTest, RoundingUpWastesAnEighthAtMost) {
  for (size_t bytes = 1; bytes <= kMaxClassBytes; ++bytes) {
    const size_t waste = ClassBytes(ClassOf(bytes)) - bytes;
    ASSERT_LE(waste, bytes <= 128 ? kBlockAlignment - 1 : bytes / 8) << bytes;
  }
}

TEST(SizeClassTest, AlignedClassIsTheFirstOfWholeAlignments) {
  for (size_t alignment = kBlockAlignment; alignment <= kPageBytes;
       alignment *= 2) {
    uint32_t expected = 0;
    for (size_t bytes = 0; bytes <= kMaxClassBytes; ++bytes) {
      while (ClassBytes(expected) < bytes ||
             ClassBytes(expected) % alignment != 0) {
        ++expected;
      }
      ASSERT_EQ(AlignedClassOf(bytes, alignment), expected)
          << bytes << ", " << alignment;
    }
    EXPECT_EQ(expected, kClasses - 1);
  }
}

// So whatever the page that it starts on, all its blocks are aligned.
TEST(SizeClassTest, BlocksOfAnAlignedClassAreAlignedThroughoutASlab) {
  for (size_t alignment = 32; alignment <= kPageBytes; alignment *= 2) {
    for (size_t bytes = 0; bytes <= kMaxClassBytes; bytes += 48) {
      const size_t block = ClassBytes(AlignedClassOf(bytes, alignment));
      for (size_t at = 0; at < kMaxSlabPages * kPageBytes; at += block) {
        ASSERT_EQ(at % alignment, 0u) << bytes << ", " << alignment;
      }
    }
  }
}

TEST(SizeClassTest, PagesAreRoundedUpAndAtLeastOne) {
  EXPECT_EQ(PagesFor(0), 1u);
  for (size_t bytes = 1; bytes <= 64 * kPageBytes; ++bytes) {
    ASSERT_EQ(PagesFor(bytes), (bytes + kPageBytes - 1) / kPageBytes) << bytes;
  }
  EXPECT_EQ(PagesFor(SIZE_MAX), SIZE_MAX / kPageBytes + 1);
  EXPECT_EQ(PagesFor(SIZE_MAX - kPageBytes), SIZE_MAX / kPageBytes);
}

size_t Waste(uint32_t size_class, size_t pages) {
  return pages * kPageBytes % ClassBytes(size_class);
}

TEST(SlabPagesTest, LeastHoldsOneBlockAndOnePageLessNone) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    const size_t least = kSlabPages.of[i].least;
    EXPECT_GE(least * kPageBytes, ClassBytes(i)) << i;
    EXPECT_LT((least - 1) * kPageBytes, ClassBytes(i)) << i;
  }
}

TEST(SlabPagesTest, FirstIsTheFewestThatWasteAnEighthAtMost) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    const SlabPages& pages = kSlabPages.of[i];
    uint32_t first = pages.least;
    while (Waste(i, first) * 8 > first * kPageBytes) ++first;
    EXPECT_EQ(pages.first, first) << i;
    EXPECT_LE(first, kMaxSlabPages) << i;
  }
}

bool IsGood(uint32_t size_class, uint32_t pages) {
  const uint32_t first = kSlabPages.of[size_class].first;
  return pages == first ||
         (pages > first && Waste(size_class, pages) * 64 <= pages * kPageBytes);
}

TEST(SlabPagesTest, GoodAreTheFirstAndThoseThatWasteA64thAtMost) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
      const bool good = (kSlabPages.of[i].good >> (pages - 1) & 1) != 0;
      EXPECT_EQ(good, IsGood(i, pages)) << i << ", " << pages;
    }
  }
}

TEST(SlabPagesTest, TightIsTheFewestThatWasteA256thAtMost) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    const SlabPages& pages = kSlabPages.of[i];
    uint32_t tight = pages.first;
    while (Waste(i, tight) * 256 > tight * kPageBytes) ++tight;
    EXPECT_EQ(pages.tight, tight) << i;
    EXPECT_LE(tight, 15u * std::max(1u, pages.least / 8u)) << i;
  }
}

TEST(SlabPagesTest, GoodSlabPagesAreTheMostThatAreGood) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    for (uint32_t most = 0; most <= 2 * kMaxSlabPages; ++most) {
      uint32_t expected = std::min(most, kMaxSlabPages);
      while (expected > 0 && !IsGood(i, expected)) --expected;
      if (expected == 0) expected = kSlabPages.of[i].first;
      EXPECT_EQ(GoodSlabPages(i, most), expected) << i << ", " << most;
    }
  }
}

TEST(SlabPagesTest, CapacityIsTheQuotient) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    for (uint32_t pages = 1; pages <= kMaxSlabPages; ++pages) {
      EXPECT_EQ(SlabCapacity(i, pages), pages * kPageBytes / ClassBytes(i))
          << i << ", " << pages;
    }
  }
}

// Slabs of every class and of every number of pages, with any number of blocks
// handed out: none, one, all, all but one and half of them.
TEST(BlockOffsetTest, IsOneIffItIsAMultipleBelowTheCount) {
  uint64_t wrong = 0;
  for (uint32_t i = 0; i < kClasses; ++i) {
    const uint64_t block = ClassBytes(i);
    const uint64_t reciprocal = kReciprocals.of[i];
    for (uint32_t pages = kSlabPages.of[i].least; pages <= kMaxSlabPages;
         ++pages) {
      const uint64_t capacity = SlabCapacity(i, pages);
      for (const uint64_t count :
           {uint64_t{0}, uint64_t{1}, capacity / 2, capacity - 1, capacity}) {
        const uint64_t limit = BlockLimit(block, count);
        uint64_t found = 0;
        for (uint64_t at = 0; at < pages * kPageBytes; ++at) {
          found += IsBlockOffset(at, reciprocal, limit);
        }
        // As many as there are, and those: so no other.
        wrong += found != count;
        for (uint64_t q = 0; q < count; ++q) {
          wrong += !IsBlockOffset(q * block, reciprocal, limit);
        }
      }
    }
  }
  EXPECT_EQ(wrong, 0u);
}

// Far beyond any slab, too: what lies around the multiples.
TEST(BlockOffsetTest, IsNoneElsewhereBelowFourGiB) {
  for (uint32_t i = 0; i < kClasses; ++i) {
    const uint64_t block = ClassBytes(i);
    const uint64_t count = SlabCapacity(i, kMaxSlabPages);
    const uint64_t limit = BlockLimit(block, count);
    uint64_t wrong = 0;
    for (uint64_t at = count * block; at < uint64_t{1} << 32;
         at += 61 * block) {
      for (const uint64_t off : {uint64_t{0}, uint64_t{1}, block - 1}) {
        wrong += IsBlockOffset(at + off, kReciprocals.of[i], limit);
      }
    }
    EXPECT_EQ(wrong, 0u) << i;
  }
}

}  // namespace
}  // namespace cellblock
