// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_REPORT_H_
#define CELLBLOCK_ALLOCATOR_REPORT_H_

#include <cstddef>

#include "allocator/error.h"

namespace cellblock {

// The fatal mistakes that this room can tell, one function each: a line on
// standard error, prefixed "cellblock: ", then abort(). This list is the
// catalogue; tests/allocator/report_test.cc proves every entry.
//
// Threads: any; async-signal-safe, nothing is allocated.
// Syscalls: one write(2) to descriptor 2, then those of abort(3): under a
//   filter without rt_sigprocmask and tgkill the process dies of the filter
//   instead, after the line.

// The block is free already, or is in memory that was never handed out.
[[noreturn]] void ReportDoubleFree(const void* block);

// The address is not in the pool it was given back to.
[[noreturn]] void ReportForeignFree(const void* block);

// The address is in the pool, but not where any block could start.
[[noreturn]] void ReportMisalignedFree(const void* block);

// The address is inside a live block, but not at its start.
[[noreturn]] void ReportInteriorFree(const void* block);

// An element beyond the end of a cell; size is 0 if the cell is empty.
[[noreturn]] void ReportIndexOutOfRange(size_t index, size_t size);

// The elements of a cell that was freed or moved from.
[[noreturn]] void ReportConsumedUse();

// FreeCell of a cell that was freed or moved from.
[[noreturn]] void ReportConsumedFree();

// So many allocations in a row were refused that the program cannot be going
// to stop by itself.
[[noreturn]] void ReportRefusedInARow(size_t refusals);

// The link in a free block was overwritten: something wrote to it after it was
// freed, or beyond the end of the block before it.
[[noreturn]] void ReportCorruptedLink(const void* block);

// A block of a hardened heap, cleared when it was freed, is not zero when it is
// used again.
[[noreturn]] void ReportWriteAfterFree(const void* block);

// The canary behind a block of a hardened heap was overwritten.
[[noreturn]] void ReportOverflow(const void* block);

// That of the above which describes what Heap::Free answered.
[[noreturn]] void ReportBadFree(AllocatorError error, const void* block);

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_REPORT_H_
