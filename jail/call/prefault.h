// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_PREFAULT_H_
#define CELLBLOCK_JAIL_CALL_PREFAULT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cellblock {

// The pages that a template has used and a worker is likely to write to, so
// that the worker has its own copies before its call and takes no page fault
// for each: memory that is in no file, but for the pool, and the program's own
// data. More would be copied for nothing mostly, and what is copied costs each
// worker.
//
// Lifecycle: Take once, in the template, as the last thing that uses memory;
//   Copy in each worker.
// Errors: what the kernel refuses costs time, and nothing else.
// Threads: one.
// Syscalls: Take: openat, read, pread, close, those of memory; Copy:
//   madvise(MADV_POPULATE_WRITE).
class Prefault {
 public:
  // No more than so many pages are copied ahead.
  static constexpr size_t kMostPages = 128;

  static Prefault Take(std::span<const std::byte> pool);

  void Copy() const;

 private:
  std::vector<std::span<std::byte>> ranges_;
};

// The pages of `memory`, if the kernel agrees. Syscalls: madvise.
void PopulatePages(std::span<const uint8_t> memory);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_PREFAULT_H_
