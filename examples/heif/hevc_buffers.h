// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_
#define CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_

#include <libde265/de265.h>

#include <cstdint>

#include "examples/common/pool_memory.h"

namespace examples {

// The memory of the one picture that a decoder of libde265 makes: cleared, and
// not for a larger picture than a StreamLimit allows.
//
// Lifecycle: outlives the decoder.
// Errors: the decoder says DE265_ERROR_OUT_OF_MEMORY, and refusal() why.
class HevcBuffers {
 public:
  enum class Refusal : uint8_t {
    kNoMemory,      // or it was not these buffers that there was none for
    kTooLarge,      // more pixels than allowed
    kBadlyCropped,  // of more samples than the padding of a picture has
  };

  HevcBuffers() = default;
  HevcBuffers(const HevcBuffers&) = delete;
  HevcBuffers& operator=(const HevcBuffers&) = delete;

  void Serve(de265_decoder_context* context);

  Refusal refusal() const { return refusal_; }

 private:
  static int Get(de265_decoder_context* context, de265_image_spec* spec,
                 de265_image* image, void* buffers);
  static void Release(de265_decoder_context* context, de265_image* image,
                      void* buffers);

  PoolMemory memory_;
  Refusal refusal_ = Refusal::kNoMemory;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_HEVC_BUFFERS_H_
