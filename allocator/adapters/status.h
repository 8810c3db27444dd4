// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_ADAPTERS_STATUS_H_
#define CELLBLOCK_ALLOCATOR_ADAPTERS_STATUS_H_

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "allocator/cell.h"
#include "allocator/error.h"
#include "allocator/heap_prealloc.h"
#include "allocator/heap_stats.h"
#include "allocator/result.h"

namespace cellblock {

// The pool in terms of absl::Status.
//
//   RESOURCE_EXHAUSTED   kExhausted, kOverLimit, kMapFailed, kCommitFailed,
//                        kSourceFailed
//   NOT_FOUND            kNoSuchOwner
//   FAILED_PRECONDITION  kNeedsCoalescing, kDoubleFree
//   INVALID_ARGUMENT     every other
//
// Errors: none of their own.
// Ownership: a status owns its text, which is not in the pool.
// Threads: as the pool that is given.
// Syscalls: a status with a text may make those of malloc(3): after the lock
//   they need the pool as malloc too.

// Message(error) as the text. OK iff the error is kNone.
absl::Status ToStatus(AllocatorError error);

// As well: the errno, unless that is 0.
absl::Status ToStatus(AllocatorError error, int os_error);

// As well: bytes asked, alignment, in use, peak, largest free, short by.
absl::Status ToStatus(AllocatorError error, const Exhaustion& exhaustion);

// The value, or why there is none.
template <typename T>
absl::StatusOr<T> ToStatusOr(Result<T> result) {
  if (!result.ok()) return ToStatus(result.error(), result.os_error());
  return std::move(result).value();
}

// Why the latest allocation, of `count` elements, was refused: for want of
// space with the figures of this very request, which are the pool's or those of
// the owner whose limit refused.
absl::Status RefusalStatus(const HeapPrealloc& pool, size_t count,
                           size_t element_bytes, CellOptions options);

// HeapPrealloc::AllocCell; a cell of 0 elements is OK.
template <typename T>
absl::StatusOr<Cell<T>> AllocCellOrStatus(HeapPrealloc& pool, size_t count,
                                          CellOptions options = {}) {
  Cell<T> cell = pool.AllocCell<T>(count, options);
  if (pool.last_error() == AllocatorError::kNone) return cell;
  options.alignment = std::max(options.alignment, alignof(T));
  return RefusalStatus(pool, count, sizeof(T), options);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_ADAPTERS_STATUS_H_
