// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_GIF_GIF_DECODER_H_
#define CELLBLOCK_EXAMPLES_GIF_GIF_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// Decodes the first frame with giflib, row by row where it is not interlaced,
// onto a canvas of the size that the file has. Where the frame has no pixel, or
// a transparent one, the canvas is transparent. What comes after that frame is
// not looked at. Nothing of a jail is in it.
//
// giflib hands out numbers of colours, and does not hold them against the
// colour table, nor the frame against the canvas: that is done here.
//
// Errors: INVALID_ARGUMENT, in giflib's words, and iff there is no frame, no
// colour table, a pixel whose colour is not in the table, or a frame that is
// not inside the canvas; RESOURCE_EXHAUSTED iff the canvas has more pixels than
// `limits`, or giflib got no memory.
absl::Status DecodeGif(std::span<const uint8_t> file, const ImageLimits& limits,
                       Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_GIF_GIF_DECODER_H_
