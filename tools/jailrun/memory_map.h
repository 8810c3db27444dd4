// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_MEMORY_MAP_H_
#define CELLBLOCK_TOOLS_JAILRUN_MEMORY_MAP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// One line of /proc/PID/maps.
struct Mapping {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool writable = false;
  bool executable = false;
  bool shared = false;
  std::string name = {};  // a path, "[stack]", or empty
};

// The address space of a process. The kernel wrote the text, but a name in it
// can be any: it is not yet fit for a terminal.
class MemoryMap {
 public:
  // Lines rise, as the kernel writes them. Those that are none of its are
  // passed over, and so is all beyond `kMostMappings`.
  static MemoryMap Parse(std::string_view text);

  // By a descriptor of /proc/PID/maps, from its beginning; as ProcessMemory's,
  // it must have been opened in time. Empty iff nothing can be read.
  static MemoryMap Read(int fd) { return Parse(ReadText(fd)); }

  // Only the text, of 4 MiB at most.
  static std::string ReadText(int fd);

  const std::vector<Mapping>& mappings() const { return mappings_; }

  // The mapping that `address` is in, or null.
  const Mapping* Find(uint64_t address) const;

  // Where the file that `mapping` is of begins in memory.
  uint64_t BaseOf(const Mapping& mapping) const;

 private:
  static constexpr size_t kMostMappings = 1 << 14;

  std::vector<Mapping> mappings_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_MEMORY_MAP_H_
