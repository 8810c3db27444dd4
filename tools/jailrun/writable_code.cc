// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/writable_code.h"

#include <errno.h>
#include <sys/ioctl.h>

#include <cstdint>
#include <cstdio>

#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// Newer than Debian 12's headers.
struct MapQuery {
  uint64_t size;
  uint64_t flags;
  uint64_t address;
  uint64_t found[6];
  uint32_t more_found[2];
  uint32_t sizes[2];  // of what is to be filled in: nothing
  uint64_t places[2];
};
constexpr unsigned long kMapQuery = _IOWR('f', 17, MapQuery);
constexpr uint64_t kWritable = 0x02;
constexpr uint64_t kExecutable = 0x04;
constexpr uint64_t kShared = 0x08;
constexpr uint64_t kThisOrNext = 0x10;

// True iff the kernel says that no mapping has all of these properties.
bool IsSaidToHaveNone(int maps, uint64_t properties) {
  MapQuery query = {};
  query.size = sizeof(query);
  query.flags = properties | kThisOrNext;
  return ioctl(maps, kMapQuery, &query) != 0 && errno == ENOENT;
}

bool IsWritableCode(const Mapping& mapping) {
  return mapping.executable && (mapping.writable || mapping.shared);
}

std::string Describe(const Mapping& mapping) {
  constexpr size_t kMostName = 160;
  char place[64];
  snprintf(place, sizeof(place), " at 0x%llx ",
           static_cast<unsigned long long>(mapping.begin));
  const std::string what = mapping.name.empty()
                               ? std::string("memory")
                               : Escaped(mapping.name.substr(0, kMostName));
  return what + place +
         (mapping.writable
              ? "is writable and executable"
              : "is executable and shared, so it may be writable elsewhere");
}

}  // namespace

WritableCode FindWritableCode(const MemoryMap& map) {
  constexpr char kStack[] = "[stack]";
  const Mapping* found = nullptr;
  for (const Mapping& mapping : map.mappings()) {
    // Of several the stack tells best where they come from.
    const bool first = found == nullptr || mapping.name == kStack;
    if (first && IsWritableCode(mapping)) found = &mapping;
  }
  if (found == nullptr) return {};
  return {Describe(*found),
          found->name == kStack
              ? "it or a library asks for an executable stack: relink that "
                "without -z execstack (readelf -lW shows GNU_STACK as RWE)"
              : "a program that makes code while it runs cannot be confined"};
}

WritableCode FindWritableCode(int maps) {
  if (IsSaidToHaveNone(maps, kWritable | kExecutable) &&
      IsSaidToHaveNone(maps, kShared | kExecutable)) {
    return {};
  }
  const MemoryMap map = MemoryMap::Read(maps);
  if (map.mappings().empty()) {
    return {"its memory map cannot be read", "mount /proc"};
  }
  return FindWritableCode(map);
}

}  // namespace cellblock
