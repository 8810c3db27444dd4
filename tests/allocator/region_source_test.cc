// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Regions from a caller's function: what it is asked, and what it gets back.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "allocator/region.h"

namespace cellblock {
namespace {

// A source of one buffer, which counts.
class Lender {
 public:
  RegionSource Source() {
    return {.acquire = Acquire, .release = Release, .context = this};
  }

  void* gives = buffer;
  alignas(16) uint8_t buffer[256] = {};
  int acquired = 0;
  size_t acquired_bytes = 0;
  int released = 0;
  void* released_memory = nullptr;
  size_t released_bytes = 0;

 private:
  static void* Acquire(size_t bytes, void* context) {
    Lender* const lender = static_cast<Lender*>(context);
    ++lender->acquired;
    lender->acquired_bytes = bytes;
    return lender->gives;
  }

  static void Release(void* memory, size_t bytes, void* context) {
    Lender* const lender = static_cast<Lender*>(context);
    ++lender->released;
    lender->released_memory = memory;
    lender->released_bytes = bytes;
  }
};

TEST(RegionSourceTest, SeedParity_Row04_MemoryOfTheCallersFunction) {
  Lender lender;
  const Result<Region> region = Region::From(lender.Source(), 200);
  ASSERT_TRUE(region.ok()) << Message(region.error());
  EXPECT_EQ(lender.acquired, 1);
  EXPECT_EQ(lender.acquired_bytes, 200u);
  EXPECT_EQ(static_cast<void*>(region->data()), lender.buffer);
  EXPECT_EQ(region->size(), 200u);
  EXPECT_FALSE(region->is_mapped());
  EXPECT_EQ(region->commit(), Commit::kLazy);
  EXPECT_EQ(region->pages(), Pages::kSmall);
  std::memset(region->data(), 1, region->size());
}

TEST(RegionSourceTest, ContentIsWhatTheSourceClaims) {
  Lender lender;
  RegionSource source = lender.Source();
  EXPECT_EQ(Region::From(source, 64)->content(), Content::kUnknown);
  source.content = Content::kZero;
  EXPECT_EQ(Region::From(source, 64)->content(), Content::kZero);
}

TEST(RegionSourceTest, SeedParity_Row06_ReleasedOnceAtTheEnd) {
  Lender lender;
  {
    const Result<Region> region = Region::From(lender.Source(), 200);
    ASSERT_TRUE(region.ok());
    EXPECT_EQ(lender.released, 0);
  }
  EXPECT_EQ(lender.released, 1);
  EXPECT_EQ(lender.released_memory, lender.buffer);
  EXPECT_EQ(lender.released_bytes, 200u);
}

TEST(RegionSourceTest, SeedParity_Row06_ReleasedOnceHoweverOftenMoved) {
  Lender lender;
  {
    Result<Region> region = Region::From(lender.Source(), 64);
    ASSERT_TRUE(region.ok());
    {
      Region first = std::move(*region);
      Region second;
      second = std::move(first);
      Region& same = second;
      second = std::move(same);
      EXPECT_EQ(static_cast<void*>(second.data()), lender.buffer);
      first = std::move(*region);
      EXPECT_EQ(lender.released, 0);
    }
    EXPECT_EQ(lender.released, 1);
  }
  EXPECT_EQ(lender.released, 1);
  EXPECT_EQ(lender.acquired, 1);
}

TEST(RegionSourceTest, SeedParity_Row06_MoveAssignmentReleasesWhatWasHeld) {
  Lender old_lender;
  Lender new_lender;
  {
    Result<Region> region = Region::From(old_lender.Source(), 64);
    Result<Region> other = Region::From(new_lender.Source(), 64);
    ASSERT_TRUE(region.ok() && other.ok());
    *region = std::move(*other);
    EXPECT_EQ(old_lender.released, 1);
    EXPECT_EQ(new_lender.released, 0);
    *region = Region();
    EXPECT_EQ(new_lender.released, 1);
  }
  EXPECT_EQ(old_lender.released, 1);
  EXPECT_EQ(new_lender.released, 1);
}

TEST(RegionSourceTest, SeedParity_Row05_NoReleaseFunctionMeansDoNotFree) {
  Lender lender;
  RegionSource source = lender.Source();
  source.release = nullptr;
  {
    Result<Region> region = Region::From(source, 64);
    ASSERT_TRUE(region.ok());
    const Region moved = std::move(*region);
    EXPECT_EQ(static_cast<void*>(moved.data()), lender.buffer);
  }
  EXPECT_EQ(lender.acquired, 1);
  EXPECT_EQ(lender.released, 0);
}

TEST(RegionSourceTest, RetainedRegionIsNeverReleased) {
  Lender lender;
  {
    Result<Region> region = Region::From(lender.Source(), 64);
    ASSERT_TRUE(region.ok());
    region->Retain();
    Region moved = std::move(*region);
    moved = Region();
  }
  EXPECT_EQ(lender.released, 0);
}

// What a retained region leaves behind is an ordinary empty one.
TEST(RegionSourceTest, RegionThatWasRetainedReleasesWhatItHoldsNext) {
  Lender lender;
  Lender next;
  {
    Result<Region> region = Region::From(lender.Source(), 64);
    ASSERT_TRUE(region.ok());
    region->Retain();
    const Region kept = std::move(*region);
    *region = std::move(*Region::From(next.Source(), 64));
  }
  EXPECT_EQ(lender.released, 0);
  EXPECT_EQ(next.released, 1);
}

TEST(RegionSourceTest, BadRequestsAreRefusedUnasked) {
  Lender lender;
  EXPECT_EQ(Region::From(lender.Source(), 0).error(),
            AllocatorError::kZeroBytes);
  EXPECT_EQ(lender.acquired, 0);
  RegionSource source = lender.Source();
  source.acquire = nullptr;
  EXPECT_EQ(Region::From(source, 64).error(), AllocatorError::kNullBuffer);
  EXPECT_EQ(lender.released, 0);
}

TEST(RegionSourceTest, SourceThatGivesNothingGetsNothingBack) {
  Lender lender;
  lender.gives = nullptr;
  const Result<Region> region = Region::From(lender.Source(), 64);
  EXPECT_EQ(region.error(), AllocatorError::kSourceFailed);
  EXPECT_EQ(region.os_error(), 0);
  EXPECT_EQ(lender.acquired, 1);
  EXPECT_EQ(lender.released, 0);
}

TEST(RegionSourceTest, MemoryThatWrapsRoundIsReleasedAgain) {
  Lender lender;
  EXPECT_EQ(Region::From(lender.Source(), SIZE_MAX).error(),
            AllocatorError::kTooLarge);
  EXPECT_EQ(lender.released, 1);
  EXPECT_EQ(lender.released_memory, lender.buffer);
  EXPECT_EQ(lender.released_bytes, SIZE_MAX);
  RegionSource source = lender.Source();
  source.release = nullptr;
  EXPECT_EQ(Region::From(source, SIZE_MAX).error(), AllocatorError::kTooLarge);
  EXPECT_EQ(lender.released, 1);
}

}  // namespace
}  // namespace cellblock
