// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_BROTLI_BROTLI_DECODER_H_
#define CELLBLOCK_EXAMPLES_BROTLI_BROTLI_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "examples/common/stream.h"

namespace examples {

// Decodes with libbrotlidec. A window has 16 MiB at the most: the format's long
// ones are not asked for. Nothing of a jail is in it.
// Errors: INVALID_ARGUMENT, in brotli's words; RESOURCE_EXHAUSTED iff more
// comes out than `limits` has, or brotli got no memory.
absl::Status DecodeBrotli(std::span<const uint8_t> file,
                          const StreamLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_BROTLI_BROTLI_DECODER_H_
