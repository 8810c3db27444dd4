// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_MEMORY_CALLS_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_MEMORY_CALLS_H_

// The memory family, answered from the pool and the reserve (pages.h); brk(2)
// is in program_break.h.
//
// Each takes what the kernel's call takes and returns what it returns: a value,
// or a negative errno. Pages come zeroed; a private mapping of a file is read
// into the pool. Nothing is ever executable, shared writable, or placed over
// memory that is not the pool's. A hole in a mapping stays the program's as
// long as nothing else has taken it: MAP_FIXED and a hint find it, as with a
// kernel.
//
// Threads: any, signal handlers too; a handler that interrupts the heap on its
// own thread gets ENOMEM.
// Syscalls: fstat(2) and pread(2) for a file mapping; readlink(2), where the
// policy has it, for one that is refused; futex(2) under contention.

#include <sys/types.h>

#include <cstddef>

namespace cellblock {

long PoolMmap(void* address, size_t length, int protection, int flags, int fd,
              off_t offset);
long PoolMunmap(void* address, size_t length);

// Keeps the name of the library that `fd` is open on, which was to be mapped
// after the lock.
void NoteLateLoad(int fd);

// `new_address` is for MREMAP_FIXED, which moves onto pages of the pool alone.
long PoolMremap(void* old_address, size_t old_size, size_t new_size, int flags,
                void* new_address);

// Protections of pool pages and threads' stacks were laid down before the lock
// and stay, so there this only says yes. Older mappings cannot become writable.
long PoolMprotect(void* address, size_t length, int protection);

// DONTNEED zeroes pool pages; other advice is taken and not followed.
long PoolMadvise(void* address, size_t length, int advice);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_MEMORY_CALLS_H_
