// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_REGION_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_REGION_FIXTURE_H_

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "allocator/region.h"

namespace cellblock {

inline constexpr size_t kPage = 4096;

inline bool IsMapped(const void* page) {
  unsigned char resident;
  return mincore(const_cast<void*>(page), kPage, &resident) == 0;
}

// Of the small size. SIZE_MAX if the region is not mapped throughout.
inline size_t ResidentPages(const Region& region) {
  std::vector<unsigned char> resident(region.size() / kPage);
  if (mincore(region.data(), region.size(), resident.data()) != 0) {
    return SIZE_MAX;
  }
  return std::count_if(resident.begin(), resident.end(),
                       [](unsigned char page) { return (page & 1) != 0; });
}

// What /proc/self/smaps says of the mapping that starts at `start`: the line
// that begins with `key`, with a space at its end, or nothing.
inline std::string SmapsLine(const void* start, const std::string& key) {
  std::ostringstream prefix;
  prefix << std::hex << reinterpret_cast<uintptr_t>(start) << "-";
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  bool found = false;
  while (std::getline(smaps, line)) {
    if (line.rfind(prefix.str(), 0) == 0) found = true;
    if (found && line.rfind(key + ":", 0) == 0) return line + " ";
  }
  return "";
}

inline bool HasVmFlag(const void* start, const std::string& flag) {
  return SmapsLine(start, "VmFlags").find(" " + flag + " ") !=
         std::string::npos;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_REGION_FIXTURE_H_
