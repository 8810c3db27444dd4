// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_HOOKS_BROTLI_H_
#define CELLBLOCK_ALLOCATOR_HOOKS_BROTLI_H_

#include <brotli/decode.h>

#include "allocator/cellblock.h"

#ifdef __cplusplus
extern "C" {
#endif

// A decoder whose memory comes from the allocator, whose triple brotli takes as
// it is; the encoder takes it too. Null iff it is refused; a later refusal is
// one of BROTLI_DECODER_ERROR_ALLOC_….
static inline BrotliDecoderState* cellblock_brotli_decoder(
    const cellblock_allocator* allocator) {
  return BrotliDecoderCreateInstance(allocator->alloc, allocator->free,
                                     allocator->opaque);
}

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_HOOKS_BROTLI_H_
