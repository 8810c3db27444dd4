// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_WEBP_WEBP_DECODER_H_
#define CELLBLOCK_EXAMPLES_WEBP_WEBP_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// Decodes with libwebp, on this thread, straight into the sink where that has
// room for the whole picture. Animated files are refused: libwebp itself has
// only still pictures, and a caller who wants frames wants all of them. Nothing
// of a jail is in it.
// Errors: INVALID_ARGUMENT iff libwebp finds it broken, cut off or animated;
// RESOURCE_EXHAUSTED iff it has more pixels than `limits`, or libwebp got no
// memory.
absl::Status DecodeWebp(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_WEBP_WEBP_DECODER_H_
