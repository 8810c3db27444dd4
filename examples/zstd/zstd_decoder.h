// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_ZSTD_ZSTD_DECODER_H_
#define CELLBLOCK_EXAMPLES_ZSTD_ZSTD_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "examples/common/stream.h"

namespace examples {

// Decodes with libzstd: any number of frames one behind the other. Nothing of a
// jail is in it.
// Errors: INVALID_ARGUMENT, in zstd's words; RESOURCE_EXHAUSTED iff more comes
// out than `limits` has, a frame asks for a longer window than the power of two
// that is in them, or zstd got no memory.
absl::Status DecodeZstd(std::span<const uint8_t> file,
                        const StreamLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_ZSTD_ZSTD_DECODER_H_
