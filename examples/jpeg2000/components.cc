// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg2000/components.h"

#include <algorithm>
#include <cmath>

#include "examples/common/straight_alpha.h"

namespace examples {
namespace {

// The most bits a sample has that openjpeg decodes.
constexpr uint32_t kMostBits = 31;

uint8_t ToByte(const opj_image_comp_t& component, int32_t sample) {
  const int64_t most = (int64_t{1} << component.prec) - 1;
  const int64_t shift =
      component.sgnd != 0 ? int64_t{1} << (component.prec - 1) : 0;
  const int64_t value = std::clamp(sample + shift, int64_t{0}, most);
  if (most == 255) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>((value * 255 + most / 2) / most);
}

// Where a component has the sample for what is at `at` of the picture's grid.
uint32_t Nearest(uint32_t at, uint32_t step, uint32_t first, uint32_t count) {
  const uint32_t index = at / step;
  return std::min(index - std::min(index, first), count - 1);
}

uint8_t Round(double colour) {
  return static_cast<uint8_t>(std::lround(std::clamp(colour, 0.0, 255.0)));
}

void YccToRgb(uint8_t* pixel) {
  const double y = pixel[0];
  const double cb = pixel[1] - 128.0;
  const double cr = pixel[2] - 128.0;
  pixel[0] = Round(y + 1.402 * cr);
  pixel[1] = Round(y - 0.344136 * cb - 0.714136 * cr);
  pixel[2] = Round(y + 1.772 * cb);
}

void CmykToRgb(uint8_t* pixel) {
  const unsigned light = 255U - pixel[3];
  for (int i = 0; i < 3; ++i) {
    pixel[i] = static_cast<uint8_t>(((255U - pixel[i]) * light + 127) / 255);
  }
}

bool IsSampled(const opj_image_comp_t& component) {
  return component.data != nullptr && component.w != 0 && component.h != 0 &&
         component.dx != 0 && component.dy != 0 && component.prec != 0 &&
         component.prec <= kMostBits;
}

}  // namespace

uint32_t Components::FindColours() {
  const uint32_t count = image_.numcomps;
  const bool is_subsampled =
      count >= 3 && (image_.comps[1].dx != image_.comps[0].dx ||
                     image_.comps[1].dy != image_.comps[0].dy);
  switch (image_.color_space) {
    case OPJ_CLRSPC_GRAY:
      colours_ = Colours::kGrey;
      return 1;
    case OPJ_CLRSPC_SRGB:
      colours_ = Colours::kRgb;
      return 3;
    case OPJ_CLRSPC_SYCC:
      colours_ = Colours::kYcc;
      return 3;
    case OPJ_CLRSPC_CMYK:
      colours_ = Colours::kCmyk;
      return 4;
    case OPJ_CLRSPC_UNKNOWN:
    case OPJ_CLRSPC_UNSPECIFIED:
      if (count < 3) {
        colours_ = Colours::kGrey;
        return 1;
      }
      // Nobody subsamples red and blue.
      colours_ = is_subsampled ? Colours::kYcc : Colours::kRgb;
      return 3;
    default:
      return 0;
  }
}

absl::StatusOr<Components> Components::Of(const opj_image_t& image) {
  if (image.numcomps == 0 || image.numcomps > kMostComponents) {
    return absl::InvalidArgumentError("it has no or too many components");
  }
  for (uint32_t i = 0; i < image.numcomps; ++i) {
    if (!IsSampled(image.comps[i])) {
      return absl::InvalidArgumentError("a component has no samples");
    }
  }
  Components components(image);
  const uint32_t colours = components.FindColours();
  if (colours == 0 || image.numcomps < colours) {
    return absl::InvalidArgumentError("its colour space is not known");
  }
  components.has_alpha_ = image.numcomps > colours;
  // 2: the file says that the colours are multiplied with it.
  components.is_multiplied_ =
      components.has_alpha_ && image.comps[colours].alpha == 2;
  return components;
}

void Components::PutRow(uint32_t y, uint8_t* to) const {
  const uint32_t width = image_.x1 - image_.x0;
  const uint32_t colours = image_.numcomps - (has_alpha_ ? 1 : 0);
  std::fill_n(to, size_t{width} * kPixelBytes, uint8_t{255});
  for (uint32_t i = 0; i < image_.numcomps; ++i) {
    const opj_image_comp_t& component = image_.comps[i];
    const int32_t* const row =
        component.data +
        size_t{component.w} *
            Nearest(image_.y0 + y, component.dy, component.y0, component.h);
    uint8_t* const first = to + (i < colours ? i : 3);
    for (uint32_t x = 0; x < width; ++x) {
      first[size_t{x} * kPixelBytes] = ToByte(
          component,
          row[Nearest(image_.x0 + x, component.dx, component.x0, component.w)]);
    }
  }
  for (uint8_t* pixel = to; pixel != to + size_t{width} * kPixelBytes;
       pixel += kPixelBytes) {
    if (colours_ == Colours::kGrey) pixel[1] = pixel[2] = pixel[0];
    if (colours_ == Colours::kYcc) YccToRgb(pixel);
    if (colours_ != Colours::kCmyk) continue;
    CmykToRgb(pixel);
    pixel[3] = 255;
  }
  if (is_multiplied_) {
    MakeAlphaStraight({to, size_t{width} * kPixelBytes});
  }
}

}  // namespace examples
