// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_ZLIB_ZLIB_DECODER_H_
#define CELLBLOCK_EXAMPLES_ZLIB_ZLIB_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "examples/common/stream.h"

namespace examples {

// Inflates with zlib: gzip or zlib, as the header says, and any number of them
// one behind the other. Its window has 32 KiB. Nothing of a jail is in it.
// Errors: INVALID_ARGUMENT, in zlib's words; RESOURCE_EXHAUSTED iff more comes
// out than `limits` has, or zlib got no memory.
absl::Status DecodeZlib(std::span<const uint8_t> file,
                        const StreamLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_ZLIB_ZLIB_DECODER_H_
