// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_PREFAULT_H_
#define CELLBLOCK_JAIL_CALL_PREFAULT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cellblock {

// The pages that a template has used, so that its workers have them before
// their call, and do not take a page fault for each.
//
// After fork(2) a child shares its parent's pages, but copies each one that it
// writes to at a fault of its own; and of a file's pages it has none. The first
// are copied ahead, by advice to the kernel. For the second one byte of each
// mapping is written anew in the template, as what it was: the kernel then
// takes the mapping for one with private pages, and copies what it knows of it
// at each fork.
//
// Lifecycle: Take once, in the template, as the last thing that uses memory;
//   Copy in each worker.
// Errors: what the kernel refuses costs time, and nothing else.
// Threads: one.
// Syscalls: Take: openat, read, pread, pwrite, close, those of memory; Copy:
//   madvise(MADV_POPULATE_WRITE).
class Prefault {
 public:
  // No more than so many pages are copied ahead.
  static constexpr size_t kMostPages = 512;

  static Prefault Take();

  void Copy() const;

 private:
  std::vector<std::span<std::byte>> ranges_;
};

// The pages of `memory`, if the kernel agrees. Syscalls: madvise.
void PopulatePages(std::span<const uint8_t> memory);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_PREFAULT_H_
