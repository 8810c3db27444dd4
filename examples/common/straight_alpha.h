// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_STRAIGHT_ALPHA_H_
#define CELLBLOCK_EXAMPLES_COMMON_STRAIGHT_ALPHA_H_

// For formats that have colours multiplied with alpha: an Image has not.

#include <algorithm>
#include <cstdint>
#include <span>

#include "examples/common/image.h"

namespace examples {

// Divides each colour by its alpha. What is fully transparent stays as it is:
// its colour is lost.
inline void MakeAlphaStraight(std::span<uint8_t> rgba) {
  for (; rgba.size() >= kPixelBytes; rgba = rgba.subspan(kPixelBytes)) {
    const unsigned alpha = rgba[3];
    if (alpha == 0 || alpha == 255) continue;
    for (uint8_t& colour : rgba.first(3)) {
      colour = static_cast<uint8_t>(
          std::min(255U, (colour * 255U + alpha / 2) / alpha));
    }
  }
}

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_STRAIGHT_ALPHA_H_
