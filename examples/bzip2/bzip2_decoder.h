// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_BZIP2_BZIP2_DECODER_H_
#define CELLBLOCK_EXAMPLES_BZIP2_BZIP2_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"

namespace examples {

// The most that comes out of one file.
struct Bzip2Limits {
  uint64_t bytes = uint64_t{64} << 20;
};

// Unpacks with libbz2: one stream, or several that stand one behind another.
// Nothing of a jail is in it.
// Errors: INVALID_ARGUMENT iff it is no such file, cut short, or something else
// follows; RESOURCE_EXHAUSTED iff more comes out than `limits`, or libbz2 got
// no memory.
absl::Status DecodeBzip2(std::span<const uint8_t> file,
                         const Bzip2Limits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_BZIP2_BZIP2_DECODER_H_
