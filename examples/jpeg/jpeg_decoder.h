// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_JPEG_JPEG_DECODER_H_
#define CELLBLOCK_EXAMPLES_JPEG_JPEG_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// How often a file may go over its picture. A progressive one does that ten
// times; one made to cost time does it thousands of times, at a few bytes each.
inline constexpr int kMostJpegScans = 100;

// Decodes with libjpeg-turbo, row by row: grey, YCbCr, RGB, and CMYK or YCCK,
// by the simple formula and without a profile. The rows are as they are stored:
// a turn that Exif asks for is not made. Nothing of a jail is in it.
//
// libjpeg fills up what a broken file lacks, and only warns. Here it is
// refused where pixels would be made up: the file ends too early, or its data
// cannot be what an encoder wrote. What leaves the pixels as they are, such as
// bytes between markers, is passed over.
//
// Errors: INVALID_ARGUMENT, in libjpeg's words, and iff there are more than
// kMostJpegScans; RESOURCE_EXHAUSTED iff it has more pixels than `limits`, or
// libjpeg got no memory.
absl::Status DecodeJpeg(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_JPEG_JPEG_DECODER_H_
