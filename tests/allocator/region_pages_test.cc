// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Huge pages of the kernel that this runs on, whatever it has to give: what is
// reported must be what /proc/self/smaps shows.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "allocator/region.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/region_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

class RegionPagesTest : public testing::TestWithParam<Pages> {};

TEST_P(RegionPagesTest, SeedParity_Row35_ReportedPagesAreThoseThatSmapsShows) {
  for (Commit commit : {Commit::kLazy, Commit::kPopulate}) {
    const Result<Region> region =
        Region::Map({.bytes = 1000, .commit = commit, .pages = GetParam()});
    ASSERT_TRUE(region.ok()) << Message(region.error()) << region.os_error();
    EXPECT_LE(region->pages(), GetParam());
    EXPECT_EQ(region->commit(), commit);
    const void* const data = region->data();
    const bool is_huge = region->pages() == Pages::kHuge;
    EXPECT_EQ(HasVmFlag(data, "ht"), is_huge);
    EXPECT_NE(
        SmapsLine(data, "KernelPageSize").find(is_huge ? " 2048 kB" : " 4 kB"),
        std::string::npos);
    EXPECT_EQ(HasVmFlag(data, "hg"),
              region->pages() == Pages::kTransparentHuge);
    EXPECT_TRUE(HasVmFlag(data, "dd"));
    if (commit == Commit::kPopulate) {
      EXPECT_EQ(ResidentPages(*region), region->size() / kPage);
    }
  }
}

TEST_P(RegionPagesTest, MappingIsOfWholePagesOfTheSizeWishedFor) {
  const size_t granule = GetParam() == Pages::kSmall ? kPage : kHugePage;
  for (size_t bytes : {size_t{1}, granule, granule + 1}) {
    const Result<Region> region =
        Region::Map({.bytes = bytes, .pages = GetParam()});
    ASSERT_TRUE(region.ok()) << Message(region.error());
    EXPECT_EQ(region->size(), bytes <= granule ? granule : 2 * granule);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(region->data()) % granule, 0u);
    EXPECT_EQ(region->content(), Content::kZero);
    EXPECT_TRUE(IsAll(region->data(), 0, region->size()));
    std::memset(region->data(), 1, region->size());
  }
}

TEST_P(RegionPagesTest, DestructorUnmapsDataAndGuards) {
  const std::byte* data = nullptr;
  size_t size = 0;
  {
    const Result<Region> region =
        Region::Map({.bytes = 3 * kPage, .pages = GetParam()});
    ASSERT_TRUE(region.ok());
    data = region->data();
    size = region->size();
    EXPECT_TRUE(IsMapped(data - kPage));
    EXPECT_TRUE(IsMapped(data + size));
  }
  EXPECT_FALSE(IsMapped(data - kPage));
  EXPECT_FALSE(IsMapped(data));
  EXPECT_FALSE(IsMapped(data + size - kPage));
  EXPECT_FALSE(IsMapped(data + size));
}

// A raw mlock2 of as much says whether the limit allows it.
TEST_P(RegionPagesTest, LockedMappingIsLockedIfTheLimitAllowsIt) {
  const MapOptions options = {
      .bytes = 1, .commit = Commit::kLock, .pages = GetParam()};
  const size_t size = GetParam() == Pages::kSmall ? kPage : kHugePage;
  void* const trial = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(trial, MAP_FAILED);
  const bool allowed = mlock2(trial, size, 0) == 0;
  const int error = allowed ? 0 : errno;
  munmap(trial, size);

  const Result<Region> region = Region::Map(options);
  EXPECT_EQ(region.ok(), allowed);
  EXPECT_EQ(region.os_error(), error);
  if (!region.ok()) {
    EXPECT_EQ(region.error(), AllocatorError::kCommitFailed);
    return;
  }
  EXPECT_EQ(ResidentPages(*region), size / kPage);
  // The kernel never swaps pages of its pool, and marks none of them.
  EXPECT_EQ(HasVmFlag(region->data(), "lo"), region->pages() != Pages::kHuge);
}

using RegionPagesDeathTest = RegionPagesTest;

TEST_P(RegionPagesDeathTest, SeedParity_Row35_APageOnEachSideIsInaccessible) {
  const Result<Region> region = Region::Map({.bytes = 1, .pages = GetParam()});
  ASSERT_TRUE(region.ok());
  volatile std::byte* const data = region->data();
  const std::ptrdiff_t size = region->size();
  data[0] = std::byte{1};
  data[size - 1] = std::byte{1};
  EXPECT_DEATH((void)data[-1], "");
  EXPECT_DEATH(data[-static_cast<std::ptrdiff_t>(kPage)] = std::byte{1}, "");
  EXPECT_DEATH((void)data[size], "");
  EXPECT_DEATH(data[size + kPage - 1] = std::byte{1}, "");
}

std::string NameOf(const testing::TestParamInfo<Pages>& pages) {
  switch (pages.param) {
    case Pages::kSmall:
      return "Small";
    case Pages::kTransparentHuge:
      return "TransparentHuge";
    case Pages::kHuge:
      return "Huge";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(EverySize, RegionPagesTest,
                         testing::Values(Pages::kSmall, Pages::kTransparentHuge,
                                         Pages::kHuge),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(EverySize, RegionPagesDeathTest,
                         testing::Values(Pages::kSmall, Pages::kTransparentHuge,
                                         Pages::kHuge),
                         NameOf);

// The kernel takes the advice even from a process that is denied huge pages.
TEST(RegionPagesSwitchTest, SeedParity_Row35_DeniedHugePagesAreReportedSmall) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) _exit(4);
    const Result<Region> region =
        Region::Map({.bytes = 1, .pages = Pages::kTransparentHuge});
    if (!region.ok()) _exit(5);
    if (region->pages() != Pages::kSmall) _exit(6);
    if (HasVmFlag(region->data(), "hg")) _exit(7);
    _exit(region->size() == kHugePage ? 0 : 8);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RegionPagesSizeTest, ImpossibleSizesAreRefused) {
  for (Pages pages : {Pages::kTransparentHuge, Pages::kHuge}) {
    EXPECT_EQ(Region::Map({.bytes = 0, .pages = pages}).error(),
              AllocatorError::kZeroBytes);
    for (size_t bytes : {SIZE_MAX, SIZE_MAX - kHugePage + 1, SIZE_MAX / 2 + 1,
                         SIZE_MAX / 2 - kHugePage}) {
      EXPECT_EQ(Region::Map({.bytes = bytes, .pages = pages}).error(),
                AllocatorError::kTooLarge)
          << bytes;
    }
    const Result<Region> region =
        Region::Map({.bytes = size_t{1} << 60, .pages = pages});
    EXPECT_EQ(region.error(), AllocatorError::kMapFailed);
    EXPECT_EQ(region.os_error(), ENOMEM);
  }
}

}  // namespace
}  // namespace cellblock
