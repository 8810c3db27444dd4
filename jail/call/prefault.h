// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_PREFAULT_H_
#define CELLBLOCK_JAIL_CALL_PREFAULT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cellblock {

// The pages that a template has used and a worker is likely to use, so that it
// has them before its call and takes no page fault for each. Copied are those
// that it is likely to write to: memory that is in no file, but for the pool,
// and the program's own data; more would be copied for nothing mostly, and what
// is copied costs each worker. Looked at are those of code and constants, which
// fork(2) leaves out of a child's page table. A Decoder::prepare that decodes a
// sample has used what a call will.
//
// Lifecycle: Take once, in the template, as the last thing that uses memory;
//   Copy and Look in each worker.
// Errors: what the kernel refuses costs time, and nothing else.
// Threads: one.
// Syscalls: Take: openat, read, pread, close, those of memory; Copy:
//   madvise(MADV_POPULATE_WRITE); Look: none.
class Prefault {
 public:
  // No more than so many pages are copied ahead, or looked at.
  static constexpr size_t kMostPages = 128;
  static constexpr size_t kMostLooks = 256;

  static Prefault Take(std::span<const std::byte> pool);

  void Copy() const;

  // As long as `may_go_on`: it is for time that nobody waits for.
  template <typename F>
  void Look(F&& may_go_on) const {
    for (const volatile std::byte* const at : looks_) {
      if (!may_go_on()) return;
      (void)*at;
    }
  }

 private:
  std::vector<std::span<std::byte>> ranges_;
  std::vector<const volatile std::byte*> looks_;
};

// The pages of `memory`, if the kernel agrees. Syscalls: madvise.
void PopulatePages(std::span<const uint8_t> memory);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_PREFAULT_H_
