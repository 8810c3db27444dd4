// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HOOKS_ZLIB_H_
#define CELLBLOCK_ALLOCATOR_HOOKS_ZLIB_H_

#include <stdint.h>
#include <zlib.h>

#include "allocator/cellblock.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline voidpf cellblock_zlib_alloc(voidpf opaque, uInt items,
                                          uInt size) {
  const cellblock_allocator* allocator = (const cellblock_allocator*)opaque;
  if (size != 0 && items > SIZE_MAX / size) return Z_NULL;
  return (*allocator->alloc)(allocator->opaque, (size_t)items * size);
}

static inline void cellblock_zlib_free(voidpf opaque, voidpf block) {
  const cellblock_allocator* allocator = (const cellblock_allocator*)opaque;
  (*allocator->free)(allocator->opaque, block);
}

// Call it before inflateInit or deflateInit: everything that zlib allocates for
// this stream then comes from the allocator, which must outlive it. A refusal
// is Z_MEM_ERROR.
static inline void cellblock_zlib_use(const cellblock_allocator* allocator,
                                      z_stream* stream) {
  stream->zalloc = cellblock_zlib_alloc;
  stream->zfree = cellblock_zlib_free;
  stream->opaque = (voidpf)(uintptr_t)allocator;
}

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_HOOKS_ZLIB_H_
