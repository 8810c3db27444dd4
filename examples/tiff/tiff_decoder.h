// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_TIFF_TIFF_DECODER_H_
#define CELLBLOCK_EXAMPLES_TIFF_TIFF_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// Decodes the first picture of a file with libtiff, a strip or a row of tiles
// at a time; all at once only where the file has it lying on another side. It
// comes out upright, whatever its Orientation. Colours that are multiplied with
// alpha are divided by it, which loses some of their bits. Nothing of a jail is
// in it, and libtiff's global handlers are left alone.
//
// Refused, in libtiff's words, is what its RGBA interface cannot make: samples
// of floating point or of other than 1, 2, 4, 8 or 16 bits, unknown colour
// spaces, compressions that it was built without. So is a file in which a
// strip or tile is missing, cut off or cannot be decompressed.
//
// Errors: INVALID_ARGUMENT as above; RESOURCE_EXHAUSTED iff it has more pixels
// than `limits`, or there is no memory for a strip.
absl::Status DecodeTiff(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_TIFF_TIFF_DECODER_H_
