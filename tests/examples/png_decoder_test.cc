// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/png/png_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/examples/decoding.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {67, 45};
constexpr size_t kHeadBytes = 8 + 25;  // the signature and IHDR

struct Kind {
  int type = PNG_COLOR_TYPE_RGB_ALPHA;
  int bits = 8;
  int interlace = PNG_INTERLACE_NONE;
  std::vector<png_color> palette = {};
  std::vector<png_byte> alphas = {};  // of the palette's first colours
  png_color_16 transparent = {};      // red, green and blue in the middle
  bool has_transparent = false;
};

void Append(png_structp png, png_bytep bytes, size_t count) {
  auto* const file = static_cast<Bytes*>(png_get_io_ptr(png));
  file->insert(file->end(), bytes, bytes + count);
}

// By libpng, whose errors end the process. `samples` are as the kind has them.
Bytes Encode(ImageSize size, std::span<const uint8_t> samples,
             const Kind& kind) {
  Bytes file;
  png_structp png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, nullptr,
      [](png_structp, png_const_charp) { abort(); }, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, Append, [](png_structp) {});
  png_set_compression_level(png, 1);
  png_set_IHDR(png, info, size.width, size.height, kind.bits, kind.type,
               kind.interlace, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!kind.palette.empty()) {
    png_set_PLTE(png, info, kind.palette.data(),
                 static_cast<int>(kind.palette.size()));
  }
  if (!kind.alphas.empty() || kind.has_transparent) {
    png_set_tRNS(png, info, kind.alphas.data(),
                 static_cast<int>(kind.alphas.size()),
                 kind.has_transparent ? &kind.transparent : nullptr);
  }
  png_write_info(png, info);
  const size_t row_bytes = samples.size() / size.height;
  std::vector<png_bytep> rows;
  for (uint32_t y = 0; y < size.height; ++y) {
    rows.push_back(const_cast<png_bytep>(&samples[y * row_bytes]));
  }
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

Bytes EncodeColours(const Picture& picture, int interlace) {
  return Encode(
      picture.size,
      {picture.pixels.data()->data(), picture.pixels.size() * kPixelBytes},
      {.interlace = interlace});
}

Bytes SomeFile(int interlace = PNG_INTERLACE_NONE) {
  return EncodeColours(TestPicture(kSize, Alpha::kVaries), interlace);
}

void Append32(uint32_t value, Bytes* to) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    to->push_back(static_cast<uint8_t>(value >> shift));
  }
}

Bytes Chunk(std::string_view type, const Bytes& content) {
  Bytes chunk;
  Append32(static_cast<uint32_t>(content.size()), &chunk);
  chunk.insert(chunk.end(), type.begin(), type.end());
  chunk.insert(chunk.end(), content.begin(), content.end());
  Append32(static_cast<uint32_t>(crc32_z(0, &chunk[4], chunk.size() - 4)),
           &chunk);
  return chunk;
}

// Text of 8 MB each, which is what libpng unpacks at the most.
Bytes WithTexts(const Bytes& good, int texts) {
  const Bytes text(7'900'000, ' ');
  Bytes content = {'n', 0, 0};  // a name, its end, deflate
  uLongf size = compressBound(text.size());
  content.resize(3 + size);
  if (compress2(&content[3], &size, text.data(), text.size(), 9) != Z_OK) {
    abort();
  }
  content.resize(3 + size);
  const Bytes chunk = Chunk("zTXt", content);
  const auto split = good.begin() + static_cast<long>(kHeadBytes);
  Bytes file(good.begin(), split);
  for (int i = 0; i < texts; ++i) {
    file.insert(file.end(), chunk.begin(), chunk.end());
  }
  file.insert(file.end(), split, good.end());
  return file;
}

// From here on PeakResident() counts anew.
void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// The most memory that this process had, in KiB.
long PeakResident() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    long kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  ADD_FAILURE() << "no VmHWM";
  return 0;
}

TEST(PngDecoderTest, ColoursComeBack) {
  const Picture picture = TestPicture(kSize, Alpha::kVaries);
  for (const int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7}) {
    EXPECT_TRUE(Decoded(DecodePng, SomeFile(interlace)) == picture);
  }
}

// More than libpng may have at once: its rows are not libpng's.
TEST(PngDecoderTest, LargeOnesThatAreInterlacedComeBack) {
  const Picture picture = TestPicture({2100, 2100}, Alpha::kOpaque);
  EXPECT_TRUE(Decoded(DecodePng, EncodeColours(picture, PNG_INTERLACE_ADAM7)) ==
              picture);
}

TEST(PngDecoderTest, GreyBecomesRgba) {
  const Kind grey = {.type = PNG_COLOR_TYPE_GRAY};
  EXPECT_EQ(Decoded(DecodePng, Encode({2, 1}, Bytes{7, 200}, grey)).pixels,
            (std::vector<Pixel>{{7, 7, 7, 255}, {200, 200, 200, 255}}));
  // Four pixels in a byte.
  const Kind few = {.type = PNG_COLOR_TYPE_GRAY, .bits = 2};
  EXPECT_EQ(Decoded(DecodePng, Encode({4, 1}, Bytes{0b00011011}, few)).pixels,
            (std::vector<Pixel>{{0, 0, 0, 255},
                                {85, 85, 85, 255},
                                {170, 170, 170, 255},
                                {255, 255, 255, 255}}));
}

TEST(PngDecoderTest, PaletteAndItsAlphaBecomeRgba) {
  const Kind kind = {.type = PNG_COLOR_TYPE_PALETTE,
                     .palette = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
                     .alphas = {0, 99}};
  EXPECT_EQ(Decoded(DecodePng, Encode({3, 1}, Bytes{2, 1, 0}, kind)).pixels,
            (std::vector<Pixel>{{7, 8, 9, 255}, {4, 5, 6, 99}, {1, 2, 3, 0}}));
}

TEST(PngDecoderTest, TheTransparentColourIsTransparent) {
  const Kind kind = {.type = PNG_COLOR_TYPE_RGB,
                     .transparent = {0, 1, 2, 3, 0},
                     .has_transparent = true};
  EXPECT_EQ(
      Decoded(DecodePng, Encode({2, 1}, Bytes{1, 2, 3, 1, 2, 4}, kind)).pixels,
      (std::vector<Pixel>{{1, 2, 3, 0}, {1, 2, 4, 255}}));
}

// To the nearest one of 8 bits.
TEST(PngDecoderTest, SixteenBitsAreScaled) {
  const Kind kind = {.type = PNG_COLOR_TYPE_RGB, .bits = 16};
  const Bytes samples = {0xff, 0xff, 0x7f, 0xff, 0x00, 0x80};
  EXPECT_EQ(Decoded(DecodePng, Encode({1, 1}, samples, kind)).pixels,
            (std::vector<Pixel>{{255, 127, 0, 255}}));
}

TEST(PngDecoderTest, TextsCostNothing) {
  const Bytes file = WithTexts(SomeFile(), 100);
  ForgetPeak();
  const long before = PeakResident();
  EXPECT_TRUE(Decoded(DecodePng, file) == TestPicture(kSize, Alpha::kVaries));
  EXPECT_LT(PeakResident() - before, 4'000);  // half of one
}

TEST(PngDecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(DecodePng, SomeFile()));
  EXPECT_TRUE(KeepsToLimits(DecodePng, SomeFile(PNG_INTERLACE_ADAM7)));
}

TEST(PngDecoderTest, DamageIsSurvived) {
  ExpectSurvivesDamage(DecodePng, SomeFile());
  ExpectSurvivesDamage(DecodePng, SomeFile(PNG_INTERLACE_ADAM7));
}

TEST(PngDecoderTest, WhatIsMissingIsNotMadeUp) {
  for (const int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7}) {
    Bytes file = SomeFile(interlace);
    file.resize(file.size() - 1);
    EXPECT_EQ(Refusal(DecodePng, file), "the file ends too early");
  }
}

TEST(PngDecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodePng, {}), "the file ends too early");
  EXPECT_THAT(Refusal(DecodePng, Bytes(100, 'x')), HasSubstr("Not a PNG file"));
}

}  // namespace
}  // namespace examples
