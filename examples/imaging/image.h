// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_IMAGE_H_
#define CELLBLOCK_EXAMPLES_IMAGING_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "examples/common/image.h"

namespace examples::imaging {

// A picture in the host's own memory. That it is the one in the file is the
// worker's word; that it has so many pixels is not.
//
// Ownership: its own; moved, not copied.
struct Image {
  ImageSize size;  // neither is 0
  // Rows from the top, each pixel as red, green, blue, alpha.
  std::unique_ptr<uint8_t[]> pixels;
  std::string_view format = {};  // the name of a Format, for good
  // The most that the worker's pool has held, in bytes, by the worker's word;
  // with Freshness::kReuse, of all its calls.
  uint64_t pool_peak = 0;

  size_t bytes() const {
    return size_t{size.width} * size.height * kPixelBytes;
  }
  ImageView view() const { return {size, {pixels.get(), bytes()}}; }
};

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_IMAGE_H_
