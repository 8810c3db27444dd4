// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_FRONT_CALLS_H_
#define CELLBLOCK_JAIL_FRONT_CALLS_H_

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "jail/policy.h"

namespace cellblock {

// Calls that are decided in front of what libseccomp compiled: row by row, so
// that every order of rows can be had (Policy::FindInexpressible), by
// comparisons of the same kind, so that the proof covers the whole.
//
// Lifecycle: Add each call, then Before once. Threads: one. Syscalls: none.
class FrontCalls {
 public:
  // All rows of one call, of which the last has no condition. As from
  // CompileFilter, own pid and whom to tell are left to BindFilter.
  void Add(std::span<const Rule> rows);

  // Every call that `rows` decides otherwise than `base` does: by other rows.
  void AddDifferences(std::span<const Rule> rows, const Policy& base);

  // SECCOMP_RET_* for the numbers in [begin, end).
  void AddNumbers(uint32_t begin, uint32_t end, uint32_t answer);

  // The whole program: `rest` decides all other calls, and of other ABIs all.
  std::vector<sock_filter> Before(std::span<const sock_filter> rest) const;

 private:
  std::vector<sock_filter> calls_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_FRONT_CALLS_H_
