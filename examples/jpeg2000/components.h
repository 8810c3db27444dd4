// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_JPEG2000_COMPONENTS_H_
#define CELLBLOCK_EXAMPLES_JPEG2000_COMPONENTS_H_

// Pixels from what openjpeg decodes: components of any depth, signed or not,
// each with a resolution of its own.

#include <openjpeg.h>

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/common/image.h"

namespace examples {

inline constexpr uint32_t kMostComponents = 4;

// The components of one decoded picture, and how colours are made of them.
//
// Lifecycle: borrows the image.
class Components {
 public:
  // Errors: INVALID_ARGUMENT iff they are more than kMostComponents, one has no
  // samples, or their colour space is not grey, sRGB, sYCC or CMYK.
  static absl::StatusOr<Components> Of(const opj_image_t& image);

  // Puts row `y` of the picture as RGBA. Where a component has fewer samples
  // than the picture has pixels, the nearest one counts.
  void PutRow(uint32_t y, uint8_t* to) const;

 private:
  enum class Colours : uint8_t { kGrey, kRgb, kYcc, kCmyk };

  explicit Components(const opj_image_t& image) : image_(image) {}

  // How many of the components are colours; 0: not known.
  uint32_t FindColours();

  const opj_image_t& image_;
  Colours colours_ = Colours::kRgb;
  bool has_alpha_ = false;  // in the component behind the colours
  bool is_multiplied_ = false;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_JPEG2000_COMPONENTS_H_
