// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_FAULT_INJECTOR_H_
#define CELLBLOCK_ALLOCATOR_FAULT_INJECTOR_H_

// An allocator that fails when told to, for tests in C11 and C++. Put between
// a decoder and its pool, it shows what the decoder makes of each refusal:
//
//   cellblock_fault_injector injector;
//   uint64_t n = 0;
//   do {
//     cellblock_inject(&injector, allocator, ++n, CELLBLOCK_FAULT_ONCE);
//     result = decode(&injector.allocator);
//     if (injector.failed != 0) check_that_it_says_out_of_memory(result);
//   } while (injector.failed != 0);

#include <stdint.h>

#include "allocator/cellblock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cellblock_fault CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_FAULT_ONCE,         // that one allocation
  CELLBLOCK_FAULT_FROM_THEN_ON  // and all after it
} cellblock_fault;

// Lifecycle: cellblock_inject, then use; again starts over. There is nothing
//   to undo at the end.
// Errors: null iff the fault is due, which the wrapped allocator never learns
//   of, or the wrapped allocator refuses.
// Ownership: borrows the wrapped allocator. Does not move, since
//   allocator.opaque points at it.
// Threads, Syscalls: as the wrapped allocator.
typedef struct cellblock_fault_injector {
  cellblock_allocator allocator;  // to be used in place of the wrapped one
  uint64_t allocations;           // calls of alloc and of realloc so far
  uint64_t failed;                // of these, how many the fault has failed

  const cellblock_allocator* wrapped;
  uint64_t fail_at;
  cellblock_fault fault;
} cellblock_fault_injector;

// Fails the allocation number `fail_at`, counted from 1; none for 0.
void cellblock_inject(cellblock_fault_injector* injector,
                      const cellblock_allocator* wrapped, uint64_t fail_at,
                      cellblock_fault fault);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_FAULT_INJECTOR_H_
