// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_XZ_XZ_DECODER_H_
#define CELLBLOCK_EXAMPLES_XZ_XZ_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "examples/common/stream.h"

namespace examples {

// Decodes with liblzma: any number of .xz streams one behind the other. Nothing
// of a jail is in it.
// Errors: INVALID_ARGUMENT; RESOURCE_EXHAUSTED iff more comes out than `limits`
// has, a dictionary needs more than its window_bytes, or liblzma got no memory.
absl::Status DecodeXz(std::span<const uint8_t> file, const StreamLimits& limits,
                      Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_XZ_XZ_DECODER_H_
