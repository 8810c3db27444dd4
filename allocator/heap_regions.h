// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HEAP_REGIONS_H_
#define CELLBLOCK_ALLOCATOR_HEAP_REGIONS_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/region.h"
#include "allocator/result.h"

namespace cellblock {

// Regions from the process's own heap, one block each.
//
// Lifecycle: made in the setup phase. The block is freed exactly once, by the
//   function that belongs to it, when the region ends; for Release::kNever or a
//   retained region, never.
// Units: bytes.
// Errors: kZeroBytes iff bytes is 0; kSourceFailed iff the heap has no such
//   block; kTooLarge iff it is above PTRDIFF_MAX.
// Ownership: the region owns the block; with Release::kNever the caller does.
// Threads: as calloc(3), malloc(3) and operator new.
// Syscalls: those of calloc(3), malloc(3), free(3), operator new and delete:
//   in the setup phase only.

enum class Release : uint8_t { kAtEnd, kNever };

// Zero in every byte.
Result<Region> CallocRegion(size_t bytes, Release release = Release::kAtEnd);

// Of unknown content.
Result<Region> MallocRegion(size_t bytes, Release release = Release::kAtEnd);

// By operator new[]: zero for Fill::kZeroed, else of unknown content. Also
// fails, with kNoFillFunction, iff fill is kFunction.
Result<Region> NewRegion(size_t bytes, Fill fill,
                         Release release = Release::kAtEnd);

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_HEAP_REGIONS_H_
