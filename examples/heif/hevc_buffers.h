// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_
#define CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_

#include <libde265/de265.h>

#include <cstdint>

#include "examples/common/pool_memory.h"

namespace examples {

// The memory of the one picture that a decoder of libde265 makes: cleared, and
// not for a larger picture than a HevcLimit allows.
//
// Lifecycle: outlives the decoder.
class HevcBuffers {
 public:
  HevcBuffers() = default;
  HevcBuffers(const HevcBuffers&) = delete;
  HevcBuffers& operator=(const HevcBuffers&) = delete;

  void Serve(de265_decoder_context* context);

 private:
  PoolMemory memory_;
};

// What is allowed on this thread while this exists, for a stream can hold a
// larger picture than its file says. Without one nothing is.
class HevcLimit {
 public:
  explicit HevcLimit(uint64_t pixels);
  ~HevcLimit();
  HevcLimit(const HevcLimit&) = delete;
  HevcLimit& operator=(const HevcLimit&) = delete;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_
