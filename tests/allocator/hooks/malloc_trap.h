// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_HOOKS_MALLOC_TRAP_H_
#define CELLBLOCK_TESTS_ALLOCATOR_HOOKS_MALLOC_TRAP_H_

namespace cellblock {

// While one of these lives, every call of libc's malloc family and of operator
// new or delete, from any library, is a line on standard error, which names it,
// and abort(). With AddressSanitizer, whose malloc it then is, the line names
// only whether memory was taken or given back.
//
// Threads: one; the trap is the process's.
class MallocTrap {
 public:
  MallocTrap();
  ~MallocTrap();
  MallocTrap(const MallocTrap&) = delete;
  MallocTrap& operator=(const MallocTrap&) = delete;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_HOOKS_MALLOC_TRAP_H_
