// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What a region makes of every answer that a kernel may give, also those that
// the one that this runs on does not give: the linker puts the functions below
// in the place of the calls (--wrap). They keep account of every page.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "allocator/region.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/region_fixture.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

extern "C" {
void* __real_mmap(void* address, size_t bytes, int protection, int flags,
                  int file, off_t offset);
int __real_munmap(void* address, size_t bytes);
int __real_mprotect(void* address, size_t bytes, int protection);
int __real_madvise(void* address, size_t bytes, int advice);
int __real_open(const char* path, int flags, ...);
}

namespace cellblock {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr char kSwitch[] = "/sys/kernel/mm/transparent_hugepage/enabled";
constexpr char kSizeSwitch[] =
    "/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/enabled";

enum class HugeAnswer {
  kGranted,    // with small pages, which is all that the region cannot see
  kRefused,    // as the kernel does it: a MAP_FIXED leaves a gap behind
  kElsewhere,  // as a kernel before 4.17, to which the address is a hint
};

// Refused, after another thread has mapped a page where it found a gap.
enum class Squatter { kNone, kInTheGap };

// The calls, and what they are to answer.
class Kernel {
 public:
  Kernel() { current = this; }
  ~Kernel() {
    current = nullptr;
    if (squatter != nullptr) __real_munmap(squatter, kPage);
  }

  static Kernel* current;

  HugeAnswer huge = HugeAnswer::kRefused;
  Squatter squat = Squatter::kNone;
  int refused_advice = -1;  // this one, with EINVAL
  int refused_mprotects = 0;
  int refused_munmaps = 0;
  int refused_reservations = 0;
  std::map<std::string, std::string> files;  // the switches; else ENOENT

  std::set<uintptr_t> pages;  // the region's
  int foreign_pages = 0;      // touched by a call, but not the region's
  int huge_requests = 0;
  std::byte* squatter = nullptr;

  void* Map(void* address, size_t bytes, int protection, int flags) {
    if ((flags & MAP_HUGETLB) != 0) {
      ++huge_requests;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(address) % kHugePage, 0u);
      EXPECT_EQ(bytes % kHugePage, 0u);
      EXPECT_EQ(flags & (MAP_HUGE_MASK << MAP_HUGE_SHIFT), MAP_HUGE_2MB);
      if (huge == HugeAnswer::kRefused) return Refuse(address, bytes, flags);
      flags &= ~(MAP_HUGETLB | MAP_HUGE_MASK << MAP_HUGE_SHIFT);
      if (huge == HugeAnswer::kElsewhere) {
        flags &= ~MAP_FIXED_NOREPLACE;
        address = nullptr;
      }
    } else if (refused_reservations > 0) {
      --refused_reservations;
      errno = ENOMEM;
      return MAP_FAILED;
    }
    void* const start = __real_mmap(address, bytes, protection, flags, -1, 0);
    if (start != MAP_FAILED) {
      ForEachPage(start, bytes, [&](uintptr_t page) { pages.insert(page); });
    }
    return start;
  }

  int Unmap(void* address, size_t bytes) {
    if (refused_munmaps > 0) {
      --refused_munmaps;
      errno = ENOMEM;
      return -1;
    }
    ForEachPage(address, bytes, [&](uintptr_t page) {
      if (pages.erase(page) == 0) ++foreign_pages;
    });
    return __real_munmap(address, bytes);
  }

  void Check(void* address, size_t bytes) {
    ForEachPage(address, bytes, [&](uintptr_t page) {
      if (pages.count(page) == 0) ++foreign_pages;
    });
  }

 private:
  template <typename Function>
  static void ForEachPage(void* address, size_t bytes, Function function) {
    const uintptr_t start = reinterpret_cast<uintptr_t>(address);
    for (uintptr_t page = start; page < start + bytes; page += kPage) {
      function(page);
    }
  }

  void* Refuse(void* address, size_t bytes, int flags) {
    if ((flags & MAP_FIXED) != 0) Unmap(address, bytes);
    if (squat == Squatter::kInTheGap) {
      void* const page =
          __real_mmap(address, kPage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
      if (page == address) {
        squatter = static_cast<std::byte*>(page);
        std::memset(squatter, 0x5A, kPage);
      }
    }
    errno = squatter != nullptr ? EEXIST : ENOMEM;
    return MAP_FAILED;
  }
};

Kernel* Kernel::current = nullptr;

}  // namespace
}  // namespace cellblock

using cellblock::Kernel;

extern "C" {

void* __wrap_mmap(void* address, size_t bytes, int protection, int flags,
                  int file, off_t offset) {
  if (Kernel::current == nullptr) {
    return __real_mmap(address, bytes, protection, flags, file, offset);
  }
  return Kernel::current->Map(address, bytes, protection, flags);
}

int __wrap_munmap(void* address, size_t bytes) {
  return Kernel::current == nullptr ? __real_munmap(address, bytes)
                                    : Kernel::current->Unmap(address, bytes);
}

int __wrap_mprotect(void* address, size_t bytes, int protection) {
  if (Kernel::current != nullptr) {
    if (Kernel::current->refused_mprotects > 0) {
      --Kernel::current->refused_mprotects;
      errno = ENOMEM;
      return -1;
    }
    Kernel::current->Check(address, bytes);
  }
  return __real_mprotect(address, bytes, protection);
}

int __wrap_madvise(void* address, size_t bytes, int advice) {
  if (Kernel::current != nullptr) {
    if (advice == Kernel::current->refused_advice) {
      errno = EINVAL;
      return -1;
    }
    Kernel::current->Check(address, bytes);
  }
  return __real_madvise(address, bytes, advice);
}

// Of what region.cc opens, nothing is created.
int __wrap_open(const char* path, int flags, ...) {
  if (Kernel::current == nullptr) return __real_open(path, flags);
  const auto file = Kernel::current->files.find(path);
  if (file == Kernel::current->files.end()) {
    errno = ENOENT;
    return -1;
  }
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const std::string& text = file->second;
  EXPECT_EQ(write(ends[1], text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
  close(ends[1]);
  return ends[0];
}

}  // extern "C"

namespace cellblock {
namespace {

// Every test ends without a page left, or one of another taken.
class RegionKernelTest : public testing::Test {
 protected:
  ~RegionKernelTest() override {
    EXPECT_EQ(kernel_.pages.size(), 0u);
    EXPECT_EQ(kernel_.foreign_pages, 0);
  }

  Pages PagesFor(Pages wished) {
    const Result<Region> region =
        Region::Map({.bytes = kPage, .pages = wished});
    EXPECT_TRUE(region.ok()) << Message(region.error());
    if (!region.ok()) return Pages::kSmall;
    EXPECT_EQ(region->size(), kHugePage);
    ExpectUsableAndGuarded(*region);
    return region->pages();
  }

  void ExpectUsableAndGuarded(const Region& region) {
    EXPECT_TRUE(IsAll(region.data(), 0, region.size()));
    std::memset(region.data(), 1, region.size());
    const uintptr_t start = reinterpret_cast<uintptr_t>(region.data());
    for (uintptr_t page = start - kPage; page <= start + region.size();
         page += kPage) {
      ASSERT_EQ(kernel_.pages.count(page), 1u);
    }
    EXPECT_GE(kernel_.pages.size(), region.size() / kPage + 2);
    EXPECT_FALSE(HasVmFlag(region.data() + region.size(), "rd"));
  }

  Kernel kernel_;
};

TEST_F(RegionKernelTest, SeedParity_Row35_GrantedHugePagesAreReportedHuge) {
  kernel_.huge = HugeAnswer::kGranted;
  EXPECT_EQ(PagesFor(Pages::kHuge), Pages::kHuge);
  EXPECT_EQ(kernel_.huge_requests, 1);
}

TEST_F(RegionKernelTest, SeedParity_Row35_RefusedHugePagesFallBack) {
  kernel_.files[kSwitch] = "[always] madvise never\n";
  EXPECT_EQ(PagesFor(Pages::kHuge), Pages::kTransparentHuge);
  kernel_.files[kSwitch] = "always madvise [never]\n";
  EXPECT_EQ(PagesFor(Pages::kHuge), Pages::kSmall);
  EXPECT_EQ(kernel_.huge_requests, 2);
}

TEST_F(RegionKernelTest, NobodyElseIsAskedForLess) {
  kernel_.huge = HugeAnswer::kGranted;
  EXPECT_EQ(PagesFor(Pages::kTransparentHuge), Pages::kTransparentHuge);
  EXPECT_EQ(Region::Map({.bytes = 1})->pages(), Pages::kSmall);
  EXPECT_EQ(kernel_.huge_requests, 0);
}

TEST_F(RegionKernelTest, SeedParity_Row35_TheSwitchForTheSizeGoesFirst) {
  const struct {
    const char* size;  // null: not there
    const char* all;
    Pages pages;
  } kCases[] = {
      {nullptr, nullptr, Pages::kTransparentHuge},
      {nullptr, "[always] madvise never\n", Pages::kTransparentHuge},
      {nullptr, "always [madvise] never\n", Pages::kTransparentHuge},
      {nullptr, "always madvise [never]\n", Pages::kSmall},
      {"always [inherit] madvise never\n", "always [madvise] never\n",
       Pages::kTransparentHuge},
      {"always [inherit] madvise never\n", "always madvise [never]\n",
       Pages::kSmall},
      {"always inherit [madvise] never\n", "always madvise [never]\n",
       Pages::kTransparentHuge},
      {"[always] inherit madvise never\n", "always madvise [never]\n",
       Pages::kTransparentHuge},
      {"always inherit madvise [never]\n", "[always] madvise never\n",
       Pages::kSmall},
      {"", "", Pages::kTransparentHuge},
  };
  for (const auto& c : kCases) {
    kernel_.files.clear();
    if (c.size != nullptr) kernel_.files[kSizeSwitch] = c.size;
    if (c.all != nullptr) kernel_.files[kSwitch] = c.all;
    EXPECT_EQ(PagesFor(Pages::kTransparentHuge), c.pages)
        << (c.size == nullptr ? "none" : c.size) << ", "
        << (c.all == nullptr ? "none" : c.all);
  }
}

TEST_F(RegionKernelTest, SeedParity_Row35_KernelWithoutTransparentHugePages) {
  kernel_.refused_advice = MADV_HUGEPAGE;
  EXPECT_EQ(PagesFor(Pages::kTransparentHuge), Pages::kSmall);
  EXPECT_EQ(PagesFor(Pages::kHuge), Pages::kSmall);
}

// Where the kernel refused, another thread's memory may be by now.
TEST_F(RegionKernelTest, RefusedHugePagesSpareAPageThatWasMappedMeanwhile) {
  kernel_.squat = Squatter::kInTheGap;
  EXPECT_NE(PagesFor(Pages::kHuge), Pages::kHuge);
  ASSERT_NE(kernel_.squatter, nullptr);
  EXPECT_TRUE(IsAll(kernel_.squatter, 0x5A, kPage));
}

TEST_F(RegionKernelTest, HugePagesAtAnotherAddressAreGivenBack) {
  kernel_.huge = HugeAnswer::kElsewhere;
  EXPECT_NE(PagesFor(Pages::kHuge), Pages::kHuge);
}

TEST_F(RegionKernelTest, HugePagesForWhichNoGapCanBeMadeFallBack) {
  kernel_.huge = HugeAnswer::kGranted;
  kernel_.refused_munmaps = 1;
  EXPECT_NE(PagesFor(Pages::kHuge), Pages::kHuge);
  EXPECT_EQ(kernel_.huge_requests, 0);
}

TEST_F(RegionKernelTest, RefusedMappingLeavesNothing) {
  for (Pages pages : {Pages::kSmall, Pages::kTransparentHuge, Pages::kHuge}) {
    kernel_.refused_reservations = 1;
    const Result<Region> no_space = Region::Map({.bytes = 1, .pages = pages});
    EXPECT_EQ(no_space.error(), AllocatorError::kMapFailed);
    EXPECT_EQ(no_space.os_error(), ENOMEM);

    kernel_.refused_mprotects = 1;
    const Result<Region> no_access = Region::Map({.bytes = 1, .pages = pages});
    EXPECT_EQ(no_access.error(), AllocatorError::kMapFailed);
    EXPECT_EQ(no_access.os_error(), ENOMEM);
    EXPECT_EQ(kernel_.pages.size(), 0u);
  }
  kernel_.refused_advice = MADV_DONTDUMP;
  for (HugeAnswer answer : {HugeAnswer::kGranted, HugeAnswer::kRefused}) {
    kernel_.huge = answer;
    const Result<Region> dumped =
        Region::Map({.bytes = 1, .pages = Pages::kHuge});
    EXPECT_EQ(dumped.error(), AllocatorError::kMapFailed);
    EXPECT_EQ(dumped.os_error(), EINVAL);
  }
}

// Linux before 5.14.
TEST_F(RegionKernelTest, KernelThatCannotPopulateGetsEachPageTouched) {
  kernel_.refused_advice = MADV_POPULATE_WRITE;
  const Result<Region> region =
      Region::Map({.bytes = 64 * kPage, .commit = Commit::kPopulate});
  ASSERT_TRUE(region.ok()) << Message(region.error());
  EXPECT_EQ(ResidentPages(*region), 64u);
  EXPECT_TRUE(IsAll(region->data(), 0, region->size()));
}

}  // namespace
}  // namespace cellblock
