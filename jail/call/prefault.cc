// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/prefault.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

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
};

// Whether a line of maps is of what Prefault speaks of.
bool IsLikely(const char* access, unsigned long inode, const char* path,
              const std::string& program) {
  if (strcmp(access, "rw-p") != 0) return false;
  return inode == 0 || program == path;
}

std::string ProgramPath() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

std::vector<Mapping> LikelyMappings(std::span<const std::byte> pool) {
  std::vector<Mapping> mappings;
  FILE* const maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return mappings;
  const std::string program = ProgramPath();
  const auto pool_begin = reinterpret_cast<uintptr_t>(pool.data());
  char line[PATH_MAX + 128];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long inode = 0;
    char access[5] = {};
    int path_at = 0;
    if (sscanf(line, "%lx-%lx %4s %*x %*s %lu %n", &begin, &end, access, &inode,
               &path_at) < 4) {
      continue;
    }
    line[strcspn(line, "\n")] = '\0';
    const bool is_pool = begin <= pool_begin && pool_begin < end;
    if (!is_pool && IsLikely(access, inode, line + path_at, program)) {
      mappings.push_back({begin, end});
    }
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

Prefault Prefault::Take(std::span<const std::byte> pool) {
  Prefault prefault;
  const std::vector<Mapping> mappings = LikelyMappings(pool);
  const UniqueFd pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  size_t left = kMostPages;
  for (const Mapping& mapping : mappings) {
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
