// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/prefault.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

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

// What the kernel maps of a file at one page fault, if it has it in memory
// (/sys/kernel/debug/fault_around_bytes).
constexpr uintptr_t kAtOnce = 65536;

// Two for each library of a program that has some dozens.
constexpr size_t kLikelyMappings = 80;

// What a worker is likely to do with a mapping.
enum class Use : uint8_t { kWrites, kReads };

struct Mapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  Use use = Use::kReads;
};

// By a line of maps; empty: nothing.
std::optional<Use> LikelyUse(const char* access, unsigned long inode,
                             const char* path, const std::string& program) {
  const std::string_view may = access;
  if (may == "rw-p" && (inode == 0 || program == path)) return Use::kWrites;
  if (may == "r-xp" && inode != 0) return Use::kReads;
  return std::nullopt;
}

std::string ProgramPath() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

std::vector<Mapping> LikelyMappings(std::span<const std::byte> pool) {
  std::vector<Mapping> mappings;
  mappings.reserve(kLikelyMappings);
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
    const std::optional<Use> use =
        LikelyUse(access, inode, line + path_at, program);
    if (!is_pool && use) mappings.push_back({begin, end, *use});
  }
  fclose(maps);
  return mappings;
}

// Calls `use` with each run of pages that are present, as far as it is looked.
template <typename Use>
void ForEachPresentRun(int pagemap, const Mapping& mapping, Use&& use) {
  // A pool can be larger by far than what a template uses of it.
  constexpr size_t kMostLooked = 32768;
  constexpr size_t kBatch = 512;
  const size_t pages =
      std::min((mapping.end - mapping.begin) / kPageSize, kMostLooked);
  uint64_t entries[kBatch];
  size_t run = 0;  // pages before this one that are present
  for (size_t page = 0; page < pages; page += kBatch) {
    const size_t count = std::min(kBatch, pages - page);
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
  // At once: each size that a vector grows through takes pages of its own in a
  // small pool.
  prefault.looks_.reserve(kMostLooks);
  const std::vector<Mapping> mappings = LikelyMappings(pool);
  const UniqueFd pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  size_t left = kMostPages;
  const auto copy = [&](uintptr_t begin, size_t pages) {
    const size_t taken = std::min(pages, left);
    if (taken == 0) return;
    left -= taken;
    prefault.ranges_.emplace_back(reinterpret_cast<std::byte*>(begin),
                                  taken * kPageSize);
  };
  const auto look = [&](uintptr_t begin, size_t pages) {
    const uintptr_t end = begin + pages * kPageSize;
    for (uintptr_t at = begin; at < end; at = (at | (kAtOnce - 1)) + 1) {
      if (prefault.looks_.size() == kMostLooks) return;
      prefault.looks_.push_back(reinterpret_cast<const std::byte*>(at));
    }
  };
  for (const Mapping& mapping : mappings) {
    if (mapping.use == Use::kWrites) {
      ForEachPresentRun(pagemap.get(), mapping, copy);
    } else {
      ForEachPresentRun(pagemap.get(), mapping, look);
    }
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
