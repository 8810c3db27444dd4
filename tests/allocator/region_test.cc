// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/region.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/region_fixture.h"

namespace cellblock {
namespace {

TEST(RegionTest, SeedParity_Row04_MappingIsZeroedWritableAndRoundedToPages) {
  Result<Region> region = Region::Map({.bytes = 10'000});
  ASSERT_TRUE(region.ok()) << Message(region.error());
  EXPECT_EQ(region->size(), 12'288u);
  EXPECT_EQ(region->content(), Content::kZero);
  EXPECT_TRUE(region->is_mapped());
  EXPECT_EQ(region->commit(), Commit::kLazy);
  EXPECT_EQ(region->pages(), Pages::kSmall);
  EXPECT_TRUE(IsAll(region->data(), 0, region->size()));
  std::memset(region->data(), 1, region->size());
}

TEST(RegionDeathTest, APageOnEachSideIsInaccessible) {
  Result<Region> region = Region::Map({.bytes = 2 * kPage});
  ASSERT_TRUE(region.ok());
  volatile std::byte* const data = region->data();
  EXPECT_DEATH((void)data[-1], "");
  EXPECT_DEATH(data[-1] = std::byte{1}, "");
  EXPECT_DEATH((void)data[2 * kPage], "");
  EXPECT_DEATH(data[2 * kPage] = std::byte{1}, "");
  EXPECT_TRUE(IsMapped(region->data() - kPage));
  EXPECT_TRUE(IsMapped(region->data() + 2 * kPage));
}

TEST(RegionTest, LazyMappingHasNoPagesAndPopulatedOneHasAll) {
  Result<Region> lazy = Region::Map({.bytes = 64 * kPage});
  ASSERT_TRUE(lazy.ok());
  EXPECT_EQ(ResidentPages(*lazy), 0u);
  Result<Region> populated =
      Region::Map({.bytes = 64 * kPage, .commit = Commit::kPopulate});
  ASSERT_TRUE(populated.ok()) << populated.os_error();
  EXPECT_EQ(ResidentPages(*populated), 64u);
  EXPECT_TRUE(IsAll(populated->data(), 0, populated->size()));
}

TEST(RegionTest, LockedMappingIsLocked) {
  Result<Region> region =
      Region::Map({.bytes = 4 * kPage, .commit = Commit::kLock});
  ASSERT_TRUE(region.ok()) << region.os_error();
  EXPECT_EQ(region->commit(), Commit::kLock);
  EXPECT_EQ(ResidentPages(*region), 4u);
  EXPECT_TRUE(HasVmFlag(region->data(), "lo"));
}

// As an ordinary user, since root is not held to RLIMIT_MEMLOCK.
TEST(RegionTest, LockBeyondTheLimitIsAnErrorWithErrno) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit none = {0, 0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) _exit(4);
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(5);
    Result<Region> region =
        Region::Map({.bytes = kPage, .commit = Commit::kLock});
    if (region.ok()) _exit(6);
    if (region.error() != AllocatorError::kCommitFailed) _exit(7);
    _exit(region.os_error() == EPERM || region.os_error() == ENOMEM ? 0 : 8);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RegionTest, MappingIsLeftOutOfCoreDumps) {
  Result<Region> region = Region::Map({.bytes = 4 * kPage});
  ASSERT_TRUE(region.ok());
  EXPECT_TRUE(HasVmFlag(region->data(), "dd"));
}

TEST(RegionDeathTest, PagesThatWereMadeReadOnlyKeepTheirContentForGood) {
  Result<Region> region = Region::Map({.bytes = 3 * kPage});
  ASSERT_TRUE(region.ok());
  std::byte* const data = region->data();
  data[kPage] = std::byte{7};
  ASSERT_TRUE(Region::MakeReadOnly(data + kPage, kPage));
  EXPECT_EQ(data[kPage], std::byte{7});
  EXPECT_DEATH(data[kPage] = std::byte{8}, "");
  EXPECT_DEATH(data[2 * kPage - 1] = std::byte{8}, "");
  // The pages beside it are as before.
  data[kPage - 1] = std::byte{1};
  data[2 * kPage] = std::byte{1};
}

TEST(RegionTest, WhatIsNoWholePageIsNotMadeReadOnly) {
  Result<Region> region = Region::Map({.bytes = 3 * kPage});
  ASSERT_TRUE(region.ok());
  EXPECT_FALSE(Region::MakeReadOnly(region->data() + 16, kPage));
  region->data()[kPage] = std::byte{1};
}

TEST(RegionTest, ImpossibleSizesAreRefused) {
  EXPECT_EQ(Region::Map({.bytes = 0}).error(), AllocatorError::kZeroBytes);
  for (size_t bytes :
       {SIZE_MAX, SIZE_MAX - kPage, SIZE_MAX / 2 + 1, SIZE_MAX / 2 - kPage}) {
    EXPECT_EQ(Region::Map({.bytes = bytes}).error(), AllocatorError::kTooLarge)
        << bytes;
  }
  // Fits in a size_t, but in no address space.
  const Result<Region> region = Region::Map({.bytes = size_t{1} << 60});
  EXPECT_EQ(region.error(), AllocatorError::kMapFailed);
  EXPECT_EQ(region.os_error(), ENOMEM);
}

TEST(RegionTest, DestructorUnmapsDataAndGuards) {
  const std::byte* data = nullptr;
  {
    Result<Region> region = Region::Map({.bytes = 3 * kPage});
    ASSERT_TRUE(region.ok());
    data = region->data();
    ASSERT_TRUE(IsMapped(data));
  }
  for (int page = -1; page <= 3; ++page) {
    EXPECT_FALSE(IsMapped(data + page * static_cast<int>(kPage))) << page;
  }
}

// A second unmapping would take away what has since been put there.
TEST(RegionTest, MovedRegionUnmapsOnce) {
  void* squatter = nullptr;
  {
    Result<Region> source = Region::Map({.bytes = kPage});
    ASSERT_TRUE(source.ok());
    std::byte* const data = source->data();
    {
      Region moved = std::move(*source);
      EXPECT_EQ(moved.data(), data);
      EXPECT_EQ(source->data(), nullptr);
      EXPECT_EQ(source->size(), 0u);
      Region& same = moved;
      moved = std::move(same);
      EXPECT_EQ(moved.data(), data);
      EXPECT_TRUE(IsMapped(data));
    }
    EXPECT_FALSE(IsMapped(data));
    squatter = mmap(data, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_EQ(squatter, data);
  }
  EXPECT_TRUE(IsMapped(squatter));
  munmap(squatter, kPage);
}

TEST(RegionTest, MoveAssignmentUnmapsWhatWasHeld) {
  Result<Region> a = Region::Map({.bytes = kPage});
  Result<Region> b = Region::Map({.bytes = kPage});
  ASSERT_TRUE(a.ok() && b.ok());
  const std::byte* const old = a->data();
  const std::byte* const kept = b->data();
  *a = std::move(*b);
  EXPECT_FALSE(IsMapped(old));
  EXPECT_TRUE(IsMapped(kept));
}

TEST(RegionTest, RetainedRegionStaysMapped) {
  std::byte* data = nullptr;
  {
    Result<Region> region = Region::Map({.bytes = kPage});
    ASSERT_TRUE(region.ok());
    data = region->data();
    region->Retain();
    Region moved = std::move(*region);
  }
  EXPECT_TRUE(IsMapped(data));
  munmap(data - kPage, 3 * kPage);
}

TEST(RegionTest, MovedFromRegionIsAsIfNew) {
  Result<Region> region =
      Region::Map({.bytes = kPage, .commit = Commit::kPopulate});
  ASSERT_TRUE(region.ok());
  const Region moved = std::move(*region);
  EXPECT_TRUE(moved.is_mapped());
  EXPECT_EQ(moved.commit(), Commit::kPopulate);
  EXPECT_EQ(moved.content(), Content::kZero);
  EXPECT_EQ(region->data(), nullptr);
  EXPECT_EQ(region->size(), 0u);
  EXPECT_FALSE(region->is_mapped());
  EXPECT_EQ(region->commit(), Commit::kLazy);
  EXPECT_EQ(region->content(), Content::kUnknown);
}

// Writes to every byte, and says whether the region is `bytes` at `buffer`.
void ExpectBorrowed(const Result<Region>& region, void* buffer, size_t bytes) {
  ASSERT_TRUE(region.ok()) << Message(region.error());
  EXPECT_EQ(static_cast<void*>(region->data()), buffer);
  EXPECT_EQ(region->size(), bytes);
  EXPECT_FALSE(region->is_mapped());
  EXPECT_EQ(region->commit(), Commit::kLazy);
  EXPECT_EQ(region->pages(), Pages::kSmall);
  std::memset(region->data(), 0x5A, region->size());
}

TEST(RegionTest, SeedParity_Row04_StackArray) {
  alignas(16) uint8_t buffer[64] = {};
  {
    const Result<Region> region = Region::Borrow(buffer + 1, 50);
    ExpectBorrowed(region, buffer + 1, 50);
    EXPECT_EQ(region->content(), Content::kUnknown);
  }
  EXPECT_TRUE(IsAll(buffer + 1, 0x5A, 50));
  EXPECT_EQ(buffer[0], 0);
  EXPECT_EQ(buffer[51], 0);
}

TEST(RegionTest, SeedParity_Row04_StaticArray) {
  static uint8_t buffer[2 * kPage];
  {
    const Result<Region> region =
        Region::Borrow(buffer, sizeof(buffer), Content::kZero);
    ASSERT_TRUE(region.ok());
    EXPECT_EQ(region->content(), Content::kZero);
    EXPECT_TRUE(IsAll(region->data(), 0, region->size()));
    ExpectBorrowed(region, buffer, sizeof(buffer));
  }
  EXPECT_TRUE(IsAll(buffer, 0x5A, sizeof(buffer)));
}

TEST(RegionTest, SeedParity_Row05_BorrowedMappingStaysMapped) {
  void* const mapping = mmap(nullptr, kPage, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapping, MAP_FAILED);
  ExpectBorrowed(Region::Borrow(mapping, kPage), mapping, kPage);
  EXPECT_TRUE(IsAll(mapping, 0x5A, kPage));
  munmap(mapping, kPage);
}

TEST(RegionTest, BadBuffersAreRefused) {
  char buffer[1];
  EXPECT_EQ(Region::Borrow(nullptr, 1, Content::kZero).error(),
            AllocatorError::kNullBuffer);
  EXPECT_EQ(Region::Borrow(buffer, 0, Content::kZero).error(),
            AllocatorError::kZeroBytes);
  EXPECT_EQ(Region::Borrow(buffer, SIZE_MAX, Content::kZero).error(),
            AllocatorError::kTooLarge);
  // The last byte of the address space is not wrapped round.
  const size_t most = UINTPTR_MAX - reinterpret_cast<uintptr_t>(buffer);
  EXPECT_TRUE(Region::Borrow(buffer, most).ok());
  EXPECT_EQ(Region::Borrow(buffer, most + 1).error(),
            AllocatorError::kTooLarge);
}

}  // namespace
}  // namespace cellblock
