// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/tiff/upright.h"

namespace examples {
namespace {

// Where the rows and columns of what is stored go to.
struct Turn {
  bool is_transposed;  // the stored rows are columns
  bool from_right;     // the first stored column, or row, is the right one
  bool from_bottom;
};

Turn TurnOf(uint16_t orientation) {
  switch (orientation) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:
      return {true, true, false};
    case 7:
      return {true, true, true};
    case 8:
      return {true, false, true};
    default:
      return {false, false, false};
  }
}

}  // namespace

ImageSize UprightSize(const ImageSize& stored, uint16_t orientation) {
  if (!TurnOf(orientation).is_transposed) return stored;
  return {stored.height, stored.width};
}

std::vector<uint32_t> Upright(std::span<const uint32_t> pixels,
                              const ImageSize& stored, uint16_t orientation) {
  const Turn turn = TurnOf(orientation);
  const ImageSize size = UprightSize(stored, orientation);
  std::vector<uint32_t> upright(pixels.size());
  size_t next = 0;
  for (uint32_t y = 0; y < size.height; ++y) {
    const uint32_t from_y = turn.from_bottom ? size.height - 1 - y : y;
    for (uint32_t x = 0; x < size.width; ++x) {
      const uint32_t from_x = turn.from_right ? size.width - 1 - x : x;
      const uint32_t row = turn.is_transposed ? from_x : from_y;
      const uint32_t column = turn.is_transposed ? from_y : from_x;
      upright[next++] = pixels[size_t{row} * stored.width + column];
    }
  }
  return upright;
}

}  // namespace examples
