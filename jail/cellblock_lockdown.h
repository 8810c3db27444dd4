// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_JAIL_CELLBLOCK_LOCKDOWN_H_
#define CELLBLOCK_JAIL_CELLBLOCK_LOCKDOWN_H_

// The in-place lock for C11 and C++. It protects nothing within the process:
// whoever takes the process over reads all its secrets. jail/lockdown.h says
// what it does protect, and all else.
//
//   cellblock_lockdown_options options = {0};
//   options.size = sizeof(options);
//   char error[256];
//   if (cellblock_lockdown(&options, error, sizeof(error)) != 0) {
//     return fail(error);
//   }
//   serve(listener);
//
// Lifecycle: once in a process, when all that it needs is open.
// Units: bytes, milliseconds.
// Errors: each value is one of cellblock_lockdown_result, with a sentence in
//   the caller's buffer. Nothing is locked then.
// Ownership: borrows all it is given for the call.
// Threads: one calls it; all are locked.
// Syscalls: whatever it takes until the lock; none after it.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
#define CELLBLOCK_LOCKDOWN_ANY_NUMBER : unsigned
#else
#define CELLBLOCK_LOCKDOWN_ANY_NUMBER
#endif

typedef enum cellblock_lockdown_result CELLBLOCK_LOCKDOWN_ANY_NUMBER {
  CELLBLOCK_LOCKDOWN_LOCKED,
  CELLBLOCK_LOCKDOWN_INVALID,      // an option, or the policy
  CELLBLOCK_LOCKDOWN_NOT_READY,    // malloc is not the pool's, or locked before
  CELLBLOCK_LOCKDOWN_UNAVAILABLE,  // the kernel refuses a step
} cellblock_lockdown_result;

typedef enum cellblock_on_violation CELLBLOCK_LOCKDOWN_ANY_NUMBER {
  CELLBLOCK_ON_VIOLATION_REPORT_AND_KILL,
  CELLBLOCK_ON_VIOLATION_KILL
} cellblock_on_violation;

typedef enum cellblock_lockdown_heap CELLBLOCK_LOCKDOWN_ANY_NUMBER {
  CELLBLOCK_LOCKDOWN_HEAP_POOL,
  CELLBLOCK_LOCKDOWN_HEAP_NOT_CHECKED
} cellblock_lockdown_heap;

typedef enum cellblock_lockdown_guessing CELLBLOCK_LOCKDOWN_ANY_NUMBER {
  CELLBLOCK_LOCKDOWN_GUESSING_ALLOWED,
  CELLBLOCK_LOCKDOWN_GUESSING_RESTRICTED
} cellblock_lockdown_guessing;

// Zero in every field but `size` is the default of jail/lockdown.h, by the
// preset "service".
typedef struct cellblock_lockdown_options {
  size_t size;         // sizeof(cellblock_lockdown_options)
  const char* preset;  // a name of jail/presets.h; null: "service"
  // What is added to it, as PolicyBuilder::Allow takes it; ended by null.
  const char* const* allow;
  cellblock_on_violation on_violation;
  cellblock_lockdown_heap heap;
  cellblock_lockdown_guessing guessing;
  uint32_t no_threads;        // 1: none starts after the lock, 0: as follows
  size_t threads;             // 0: 16
  size_t thread_stack_bytes;  // 0: 1 MiB
  uint64_t wall_limit_ms;     // 0: never
} cellblock_lockdown_options;

// CELLBLOCK_LOCKDOWN_LOCKED, which is 0, iff every thread of the process is
// locked and was seen to be. Otherwise `error` says why and what to do, cut off
// at `error_bytes`, and always ended; it may be null if `error_bytes` is 0.
// Also CELLBLOCK_LOCKDOWN_INVALID iff `size` is another, no preset has that
// name, or a field has a value that is none of its enumeration.
__attribute__((warn_unused_result)) cellblock_lockdown_result
cellblock_lockdown(const cellblock_lockdown_options* options, char* error,
                   size_t error_bytes);

// For tests: InjectForbiddenCall of jail/inject_call.h.
long cellblock_inject_forbidden_call(uint32_t number);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_JAIL_CELLBLOCK_LOCKDOWN_H_
