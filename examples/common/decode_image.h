// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_DECODE_IMAGE_H_
#define CELLBLOCK_EXAMPLES_COMMON_DECODE_IMAGE_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

// How every image decoder of the examples looks. It knows nothing of a jail.
using DecodeImage = absl::Status(std::span<const uint8_t> file,
                                 const ImageLimits& limits, Sink& sink);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_DECODE_IMAGE_H_
