// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_HOST_HEAP_H_
#define CELLBLOCK_JAIL_CALL_HOST_HEAP_H_

#include <cstddef>

namespace cellblock {

// In a copy of the host: has libc's malloc get `bytes` from the kernel at once,
// in one piece, and keep them for what is allocated after the lock.
//
// Errors: null, or why it does not: another malloc, no memory.
// Threads: one. Syscalls: brk, and what malloc tries first.
[[nodiscard]] const char* SetHostHeapAside(size_t bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_HOST_HEAP_H_
