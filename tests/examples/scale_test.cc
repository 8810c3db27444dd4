// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/scale.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gtest/gtest.h"

namespace examples::imaging {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Scaled(const Bytes& pixels, ImageSize from, ImageSize to) {
  const Image image = ScaleDown({from, pixels}, to);
  EXPECT_EQ(image.size.width, to.width);
  EXPECT_EQ(image.size.height, to.height);
  const auto scaled = image.view().pixels;
  return {scaled.begin(), scaled.end()};
}

Bytes Noise(ImageSize size) {
  Bytes pixels(size_t{size.width} * size.height * kPixelBytes);
  uint32_t state = 1;
  for (uint8_t& byte : pixels) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  for (size_t i = 3; i < pixels.size(); i += kPixelBytes) pixels[i] = 255;
  return pixels;
}

TEST(FitInto, KeepsTheShapeAndEnlargesNothing) {
  const auto fits = [](ImageSize size, uint32_t most, ImageSize expected) {
    const ImageSize found = FitInto(size, most);
    EXPECT_EQ(found.width, expected.width);
    EXPECT_EQ(found.height, expected.height);
  };
  fits({480, 320}, 128, {128, 85});
  fits({320, 480}, 128, {85, 128});
  fits({128, 128}, 128, {128, 128});
  fits({129, 129}, 128, {128, 128});
  fits({3, 5}, 128, {3, 5});
  fits({100000, 1}, 128, {128, 1});
  fits({1, 0xffffffff}, 128, {1, 128});
  fits({0xffffffff, 0xffffffff}, 1, {1, 1});
}

TEST(ScaleDown, TheSameSizeIsTheSamePicture) {
  const Bytes pixels = Noise({7, 5});
  EXPECT_EQ(Scaled(pixels, {7, 5}, {7, 5}), pixels);
}

TEST(ScaleDown, APixelIsTheMeanOfItsArea) {
  // Two and a half columns become one: 0 * 2 + 10 * 2 + 20, of 5 halves.
  const Bytes pixels = {0, 0,   0,  255, 10, 0,   0,  255, 20, 0,
                        0, 255, 30, 0,   0,  255, 40, 0,   0,  255};
  EXPECT_EQ(Scaled(pixels, {5, 1}, {2, 1}),
            (Bytes{8, 0, 0, 255, 32, 0, 0, 255}));
}

TEST(ScaleDown, OneColourStaysThatColourAtEverySize) {
  const ImageSize from = {13, 11};
  Bytes pixels;
  for (int i = 0; i < 13 * 11; ++i) {
    pixels.insert(pixels.end(), {201, 3, 77, 130});
  }
  for (uint32_t width = 1; width <= 13; ++width) {
    for (uint32_t height = 1; height <= 11; ++height) {
      const Bytes scaled = Scaled(pixels, from, {width, height});
      for (size_t at = 0; at < scaled.size(); at += kPixelBytes) {
        ASSERT_TRUE(std::equal(pixels.begin(), pixels.begin() + kPixelBytes,
                               scaled.begin() + static_cast<long>(at)));
      }
    }
  }
}

TEST(ScaleDown, WhatCannotBeSeenHasNoColour) {
  const Bytes half = {255, 0, 0, 255, 0, 255, 0, 0};
  EXPECT_EQ(Scaled(half, {2, 1}, {1, 1}), (Bytes{255, 0, 0, 128}));
  const Bytes nothing = {255, 1, 2, 0, 3, 255, 4, 0};
  EXPECT_EQ(Scaled(nothing, {2, 1}, {1, 1}), (Bytes{0, 0, 0, 0}));
}

TEST(ScaleDown, RowsAndColumnsAreAlike) {
  const ImageSize size = {9, 4};
  const Bytes pixels = Noise(size);
  const auto turned = [](const Bytes& from, uint32_t width, uint32_t height) {
    Bytes to(from.size());
    for (uint32_t y = 0; y < height; ++y) {
      for (uint32_t x = 0; x < width; ++x) {
        std::copy_n(from.begin() + (y * width + x) * long{kPixelBytes},
                    kPixelBytes,
                    to.begin() + (x * height + y) * long{kPixelBytes});
      }
    }
    return to;
  };
  EXPECT_EQ(turned(Scaled(pixels, size, {4, 3}), 4, 3),
            Scaled(turned(pixels, 9, 4), {4, 9}, {3, 4}));
}

}  // namespace
}  // namespace examples::imaging
