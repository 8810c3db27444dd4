// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/scale.h"

#include <algorithm>
#include <vector>

namespace examples::imaging {
namespace {

// What part of a line one pixel of a shorter line covers.
struct Cover {
  struct Part {
    uint32_t at;
    uint64_t weight;
  };
  std::vector<Part> parts;
};

// With lengths in units of 1 / (from * to), everything is whole: a pixel of the
// long line is `to` long, and one of the short line `from`.
std::vector<Cover> Covers(uint64_t from, uint64_t to) {
  std::vector<Cover> covers(to);
  for (uint64_t i = 0; i < to; ++i) {
    const uint64_t begin = i * from;
    const uint64_t end = begin + from;
    for (uint64_t at = begin / to; at * to < end; ++at) {
      const uint64_t weight =
          std::min(end, (at + 1) * to) - std::max(begin, at * to);
      covers[i].parts.push_back({static_cast<uint32_t>(at), weight});
    }
  }
  return covers;
}

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
  for (const Cover::Part& row : rows.parts) {
    const uint8_t* const pixels =
        image.pixels.data() + size_t{row.at} * image.size.width * kPixelBytes;
    for (const Cover::Part& column : columns.parts) {
      sums.Add(pixels + size_t{column.at} * kPixelBytes,
               row.weight * column.weight);
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
  const std::vector<Cover> rows = Covers(image.size.height, to.height);
  const std::vector<Cover> columns = Covers(image.size.width, to.width);
  const uint64_t area = uint64_t{image.size.width} * image.size.height;
  uint8_t* pixel = small.pixels.get();
  for (const Cover& row : rows) {
    for (const Cover& column : columns) {
      const Sums sums = Sum(image, row, column);
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
