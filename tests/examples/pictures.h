// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_PICTURES_H_
#define CELLBLOCK_TESTS_EXAMPLES_PICTURES_H_

// Pictures for the packers of the image formats.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace examples {

// Four bytes a pixel: red, green, blue, alpha.
struct Picture {
  uint32_t width;
  uint32_t height;
  std::vector<uint8_t> rgba;
};

// Areas and edges of many colours, a few of them not opaque.
inline Picture SomePicture(uint32_t width, uint32_t height) {
  Picture picture = {width, height, {}};
  picture.rgba.reserve(size_t{4} * width * height);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const uint32_t spot = (x / 5 + y / 3) * 37;
      picture.rgba.push_back(static_cast<uint8_t>(spot + x));
      picture.rgba.push_back(static_cast<uint8_t>(spot * 3 + y));
      picture.rgba.push_back(static_cast<uint8_t>(x * y));
      picture.rgba.push_back(spot % 5 == 0 ? 128 : 255);
    }
  }
  return picture;
}

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_PICTURES_H_
