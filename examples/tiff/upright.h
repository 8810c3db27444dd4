// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_TIFF_UPRIGHT_H_
#define CELLBLOCK_EXAMPLES_TIFF_UPRIGHT_H_

// How a picture is turned that was stored lying on another side. `orientation`
// is that of TIFF and Exif, 1 to 8; of any other number the picture stays as it
// is.

#include <cstdint>
#include <span>
#include <vector>

#include "examples/common/image.h"

namespace examples {

ImageSize UprightSize(const ImageSize& stored, uint16_t orientation);

// `pixels` are stored.width * stored.height.
std::vector<uint32_t> Upright(std::span<const uint32_t> pixels,
                              const ImageSize& stored, uint16_t orientation);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_TIFF_UPRIGHT_H_
