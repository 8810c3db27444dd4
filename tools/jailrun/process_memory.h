// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROCESS_MEMORY_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROCESS_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace cellblock {

// Another process's memory, by copies. What is there is hostile and may change
// between two reads: nothing that was read is read again to be believed, and no
// size found there is used without a bound.
//
// Errors: a read gives what there is up to the first byte that cannot be read.
class MemoryReader {
 public:
  virtual ~MemoryReader() = default;

  // Copies up to `size` bytes from `address` and returns how many there were.
  virtual size_t Read(uint64_t address, void* to, size_t size) const = 0;

  // One value, whole or not at all.
  template <typename T>
  std::optional<T> Get(uint64_t address) const {
    T value;
    if (Read(address, &value, sizeof(value)) != sizeof(value)) return {};
    return value;
  }
};

// Text up to its NUL.
struct RemoteText {
  std::string text;
  bool ended = false;  // false: cut off at a bound, or memory ended first
};

// The text at `address`, of at most `most` bytes. Empty iff not one byte can be
// read there.
std::optional<RemoteText> ReadText(const MemoryReader& memory, uint64_t address,
                                   size_t most);

// By a descriptor of /proc/PID/mem, which it borrows. The kernel asks whether
// it may be had when it is opened, never when it is read: it has to be opened
// before the process becomes non-dumpable, and serves from then on. Or by a
// file that holds a copy of memory from the address `begin` on.
class ProcessMemory : public MemoryReader {
 public:
  explicit ProcessMemory(int fd, uint64_t begin = 0) : fd_(fd), begin_(begin) {}

  size_t Read(uint64_t address, void* to, size_t size) const override;

 private:
  int fd_;
  uint64_t begin_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROCESS_MEMORY_H_
