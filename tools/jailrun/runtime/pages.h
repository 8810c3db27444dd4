// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PAGES_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PAGES_H_

// What mappings after the lock are made of: pages of the pool, which malloc
// has too, and pages of the reserve (--reserve), which serves nothing but
// reservations of address space.
//
// Lifecycle: LayReserve once, before the lock; without, there is no reserve.
// Units: bytes, whole pages.
// Threads: any, signal handlers too; one that interrupts these functions on its
//   own thread gets nothing.
// Syscalls: futex(2) under contention; LayReserve: mmap(2).

#include <cstddef>

#include "allocator/malloc/process_heap.h"

namespace cellblock {

// Of the size that jailrun says; ends the process if it cannot be had.
void LayReserve();

// All of it; empty iff there is none.
ProcessHeap::Range Reserve();

// From the pool, zeroed or not. Null iff it has no room, which is counted.
char* TakePages(size_t bytes, Fill fill);

// From the reserve, zeroed; without access, until OpenPages. Null iff it has no
// room, or there is none.
char* TakeReservedPages(size_t bytes);

// Tells that the program may from now on use what of the range is reserved.
void OpenPages(const void* begin, size_t bytes);

// Pages that are free, and as `others` says pages taken before, become or stay
// the caller's; what they hold is left as it is. False iff the range has any
// others, or is not all in one of the two; then nothing is done.
bool ClaimPages(void* begin, size_t bytes, OtherPages others);

// Gives back those of the range that are taken.
void FreePages(void* begin, size_t bytes);

// Whether all of the range is taken.
bool ArePages(const void* begin, size_t bytes);

// How much of the range lies in the two, taken or not.
size_t BytesOfPages(const void* begin, size_t bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PAGES_H_
