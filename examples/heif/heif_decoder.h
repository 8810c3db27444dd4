// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_HEIF_DECODER_H_
#define CELLBLOCK_EXAMPLES_HEIF_HEIF_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// Once, before anything is decoded, where files may still be opened and memory
// still comes from anywhere: libheif looks for plugins, and gets two that start
// no threads. Errors: FAILED_PRECONDITION iff libheif does not take them.
absl::Status PrepareHeif();

// Decodes the primary picture of a HEIC or AVIF file with libheif, on this
// thread, cropped and turned as the file says. 10 and 12 bits become eight;
// profiles are not applied. Nothing of a jail is in it.
//
// Refused is what libheif would pass on with a warning, and an HEVC stream that
// libde265 could not decode in every part. No stream in the file, of HEVC or of
// AV1, of colours or of alpha, is decoded to a larger picture than `limits`
// allows, whatever the file says of it. One of AV1 may take up to 16 pictures
// of that size until it shows its first: what those take is for the pool to
// limit.
//
// Errors: INVALID_ARGUMENT, in libheif's words; RESOURCE_EXHAUSTED iff it, or a
// stream in it, has more pixels than `limits`, cropped or not, or libheif got
// no memory.
absl::Status DecodeHeif(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_HEIF_DECODER_H_
