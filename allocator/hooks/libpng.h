// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HOOKS_LIBPNG_H_
#define CELLBLOCK_ALLOCATOR_HOOKS_LIBPNG_H_

#include <png.h>
#include <stdint.h>

#include "allocator/cellblock.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline png_voidp cellblock_png_alloc(png_structp png,
                                            png_alloc_size_t bytes) {
  const cellblock_allocator* allocator =
      (const cellblock_allocator*)png_get_mem_ptr(png);
  return (*allocator->alloc)(allocator->opaque, bytes);
}

static inline void cellblock_png_free(png_structp png, png_voidp block) {
  const cellblock_allocator* allocator =
      (const cellblock_allocator*)png_get_mem_ptr(png);
  (*allocator->free)(allocator->opaque, block);
}

// As png_create_read_struct, with the memory of the decoder, and of the zlib in
// it, from the allocator, which must outlive it. Null iff it is refused; a
// later refusal is a call of on_error.
static inline png_structp cellblock_png_create_read_struct(
    const cellblock_allocator* allocator, png_voidp error_context,
    png_error_ptr on_error, png_error_ptr on_warning) {
  return png_create_read_struct_2(
      PNG_LIBPNG_VER_STRING, error_context, on_error, on_warning,
      (png_voidp)(uintptr_t)allocator, cellblock_png_alloc, cellblock_png_free);
}

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_HOOKS_LIBPNG_H_
