// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_JPEG2000_JPEG2000_DECODER_H_
#define CELLBLOCK_EXAMPLES_JPEG2000_JPEG2000_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// openjpeg has some ten KB for each tile, however small.
inline constexpr uint64_t kMostTiles = 4096;

// Decodes .jp2 and bare codestreams with openjpeg, on this thread: grey, sRGB,
// sYCC, CMYK and palettes, with alpha or without, of 1 to 31 bits, which become
// eight. What has no colour space is grey, RGB, or YCC where it is subsampled;
// a component behind the colours is alpha. Profiles are not applied. Nothing of
// a jail is in it.
//
// openjpeg has four bytes for each component of a pixel, and for the pixels of
// a tile as many again: a pool goes with `limits`.
//
// Errors: INVALID_ARGUMENT, in openjpeg's words, and iff there are more than
// kMostTiles, more than four components, another colour space, or a codestream
// that is not as long as it says; RESOURCE_EXHAUSTED iff it has more pixels
// than `limits`.
absl::Status DecodeJpeg2000(std::span<const uint8_t> file,
                            const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_JPEG2000_JPEG2000_DECODER_H_
