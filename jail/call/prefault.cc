// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/prefault.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "jail/call/channel_layout.h"
#include "jail/unique_fd.h"

// Linux 5.14, newer than some headers.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace cellblock {
namespace {

// Documentation/admin-guide/mm/pagemap.rst.
constexpr uint64_t kPresent = uint64_t{1} << 63;

struct Mapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool is_writable = false;
};

// The private mappings of this process that can be read.
std::vector<Mapping> PrivateMappings() {
  std::vector<Mapping> mappings;
  FILE* const maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return mappings;
  char line[512];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long inode = 0;
    char access[5] = {};
    if (sscanf(line, "%lx-%lx %4s %*x %*s %lu", &begin, &end, access, &inode) !=
        4) {
      continue;
    }
    if (access[0] != 'r' || access[3] != 'p') continue;
    if (inode == 0 && access[1] != 'w')
      continue;  // of the kernel's, such as vdso
    mappings.push_back({begin, end, access[1] == 'w'});
  }
  fclose(maps);
  return mappings;
}

// Calls `use` with each run of pages that are present, as far as it is looked.
template <typename Use>
void ForEachPresentRun(int pagemap, const Mapping& mapping, Use&& use) {
  // A pool can be larger by far than what a template uses of it.
  constexpr size_t kMostLooked = 32768;
  constexpr size_t kAtOnce = 512;
  const size_t pages =
      std::min((mapping.end - mapping.begin) / kPageSize, kMostLooked);
  uint64_t entries[kAtOnce];
  size_t run = 0;  // pages before this one that are present
  for (size_t page = 0; page < pages; page += kAtOnce) {
    const size_t count = std::min(kAtOnce, pages - page);
    const auto bytes = static_cast<ssize_t>(count * sizeof(uint64_t));
    const uintptr_t first = mapping.begin / kPageSize + page;
    if (pread(pagemap, entries, static_cast<size_t>(bytes),
              static_cast<off_t>(first * sizeof(uint64_t))) != bytes) {
      return;
    }
    for (size_t i = 0; i < count; ++i) {
      const uintptr_t at = mapping.begin + (page + i) * kPageSize;
      if ((entries[i] & kPresent) != 0) {
        ++run;
      } else if (run != 0) {
        use(at - run * kPageSize, run);
        run = 0;
      }
    }
  }
  if (run != 0) use(mapping.begin + (pages - run) * kPageSize, run);
}

}  // namespace

Prefault Prefault::Take() {
  Prefault prefault;
  const std::vector<Mapping> mappings = PrivateMappings();
  const UniqueFd pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  const UniqueFd memory(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  size_t left = kMostPages;
  for (const Mapping& mapping : mappings) {
    if (!mapping.is_writable) {
      char byte;
      memcpy(&byte, reinterpret_cast<const void*>(mapping.begin), 1);
      (void)!pwrite(memory.get(), &byte, 1, static_cast<off_t>(mapping.begin));
      continue;
    }
    ForEachPresentRun(
        pagemap.get(), mapping, [&](uintptr_t begin, size_t pages) {
          const size_t taken = std::min(pages, left);
          if (taken == 0) return;
          left -= taken;
          prefault.ranges_.emplace_back(reinterpret_cast<std::byte*>(begin),
                                        taken * kPageSize);
        });
  }
  return prefault;
}

void Prefault::Copy() const {
  for (const std::span<std::byte> range : ranges_) {
    (void)madvise(range.data(), range.size(), MADV_POPULATE_WRITE);
  }
}

void PopulatePages(std::span<const uint8_t> memory) {
  (void)madvise(const_cast<uint8_t*>(memory.data()), memory.size(),
                MADV_POPULATE_WRITE);
}

}  // namespace cellblock
