// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_AV1_BUFFERS_H_
#define CELLBLOCK_EXAMPLES_HEIF_AV1_BUFFERS_H_

#include <dav1d/dav1d.h>

#include "examples/common/pool_memory.h"

namespace examples {

// The memory of the pictures that one decoder of libdav1d makes, of which it
// gets only so many that a still picture can need them.
//
// Lifecycle: outlives the decoder and its pictures.
// Errors: the decoder fails with ENOMEM, or with E2BIG iff there were too many.
class Av1Buffers {
 public:
  Av1Buffers() = default;
  Av1Buffers(const Av1Buffers&) = delete;
  Av1Buffers& operator=(const Av1Buffers&) = delete;

  Dav1dPicAllocator allocator();

 private:
  static int Allocate(Dav1dPicture* picture, void* buffers);
  static void Release(Dav1dPicture* picture, void* buffers);

  PoolMemory memory_;
  int made_ = 0;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_AV1_BUFFERS_H_
