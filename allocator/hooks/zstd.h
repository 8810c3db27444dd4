// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HOOKS_ZSTD_H_
#define CELLBLOCK_ALLOCATOR_HOOKS_ZSTD_H_

// ZSTD_customMem stands in the part of its interface that is not yet stable.
#ifndef ZSTD_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY
#endif
#include <zstd.h>

#include "allocator/cellblock.h"

#ifdef __cplusplus
extern "C" {
#endif

// For ZSTD_createDCtx_advanced and its like, which give null iff they are
// refused; a later refusal is ZSTD_error_memory_allocation. The allocator's
// triple is taken as it is.
static inline ZSTD_customMem cellblock_zstd_memory(
    const cellblock_allocator* allocator) {
  ZSTD_customMem memory;
  memory.customAlloc = allocator->alloc;
  memory.customFree = allocator->free;
  memory.opaque = allocator->opaque;
  return memory;
}

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_HOOKS_ZSTD_H_
