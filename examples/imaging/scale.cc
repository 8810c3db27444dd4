// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/scale.h"

#include <algorithm>

namespace examples::imaging {
namespace {

// What part of a line one pixel of a shorter line covers. With lengths in units
// of 1 / (from * to), everything is whole: a pixel of the long line is `to`
// long, and one of the short line `from`.
struct Cover {
  Cover(uint64_t index, uint64_t from, uint64_t to)
      : unit(to), begin(index * from), end(begin + from) {}

  uint64_t first() const { return begin / unit; }
  bool has(uint64_t at) const { return at * unit < end; }
  uint64_t weight(uint64_t at) const {
    return std::min(end, (at + 1) * unit) - std::max(begin, at * unit);
  }

  uint64_t unit;
  uint64_t begin;
  uint64_t end;
};

uint8_t Divide(uint64_t sum, uint64_t by) {
  return static_cast<uint8_t>((sum + by / 2) / by);
}

// No more than 2^32 pixels, 255 and 255: below 2^48.
struct Sums {
  uint64_t colours[3] = {};
  uint64_t alpha = 0;

  void Add(const uint8_t* pixel, uint64_t weight) {
    const uint64_t weighted = weight * pixel[3];
    for (int i = 0; i < 3; ++i) colours[i] += weighted * pixel[i];
    alpha += weighted;
  }
};

Sums Sum(const ImageView& image, const Cover& rows, const Cover& columns) {
  Sums sums;
  for (uint64_t y = rows.first(); rows.has(y); ++y) {
    const uint64_t weight = rows.weight(y);
    const uint8_t* const pixels =
        image.pixels.data() + y * image.size.width * kPixelBytes;
    for (uint64_t x = columns.first(); columns.has(x); ++x) {
      sums.Add(pixels + x * kPixelBytes, weight * columns.weight(x));
    }
  }
  return sums;
}

}  // namespace

ImageSize FitInto(ImageSize size, uint32_t most) {
  const uint32_t longest = std::max(size.width, size.height);
  if (longest <= most) return size;
  const auto scaled = [&](uint64_t side) {
    return std::max(uint32_t{1}, static_cast<uint32_t>(
                                     (side * most + longest / 2) / longest));
  };
  return {scaled(size.width), scaled(size.height)};
}

Image ScaleDown(const ImageView& image, ImageSize to) {
  Image small = {.size = to, .pixels = nullptr};
  small.pixels = std::make_unique_for_overwrite<uint8_t[]>(small.bytes());
  const uint64_t area = uint64_t{image.size.width} * image.size.height;
  uint8_t* pixel = small.pixels.get();
  for (uint32_t y = 0; y < to.height; ++y) {
    const Cover rows(y, image.size.height, to.height);
    for (uint32_t x = 0; x < to.width; ++x) {
      const Sums sums = Sum(image, rows, Cover(x, image.size.width, to.width));
      for (int i = 0; i < 3; ++i) {
        pixel[i] = sums.alpha == 0 ? 0 : Divide(sums.colours[i], sums.alpha);
      }
      pixel[3] = Divide(sums.alpha, area);
      pixel += kPixelBytes;
    }
  }
  return small;
}

}  // namespace examples::imaging
