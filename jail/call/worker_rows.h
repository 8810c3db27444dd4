// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_WORKER_ROWS_H_
#define CELLBLOCK_JAIL_CALL_WORKER_ROWS_H_

#include <cstdint>
#include <vector>

#include "jail/policy.h"

namespace cellblock {

// What becomes of mmap, munmap, mremap, mprotect, brk and madvise.
enum class MemoryCalls : uint8_t {
  kViolation,  // all of the worker's memory is the pool's: none is expected
  kRefuse,     // the filter says that there is no more: for copies of a host
               // whose malloc is libc's
};

// The rows of the tables of jail/call/worker_policy.h, in the terms there. They
// point to the reasons of what they are made of.

// Of a worker, by a preset and what was added to it.
std::vector<Rule> WorkerRows(const Policy& base, MemoryCalls memory);

// Of the template of such workers: those of `worker`, and ForkingRules.
std::vector<Rule> TemplateRows(const Policy& worker);

// Of a worker's last filter: those of `worker`, and a death for what only its
// template may do.
std::vector<Rule> LastRows(const Policy& worker);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_WORKER_ROWS_H_
