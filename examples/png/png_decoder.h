// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_PNG_PNG_DECODER_H_
#define CELLBLOCK_EXAMPLES_PNG_PNG_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// Decodes with libpng, row by row where the file is not interlaced. Nothing of
// a jail is in it.
// Errors: INVALID_ARGUMENT, in libpng's words; RESOURCE_EXHAUSTED iff it has
// more pixels than `limits`, or libpng got no memory, of which it may have 16
// MiB at once.
absl::Status DecodePng(std::span<const uint8_t> file, const ImageLimits& limits,
                       Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_PNG_PNG_DECODER_H_
