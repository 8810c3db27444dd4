// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/tiff/tiff_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

#include <algorithm>
#include <cstring>

#include "examples/tiff/upright.h"
#include "tests/examples/decoding.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {53, 41};

// A file that grows in memory, as libtiff writes to it.
struct Memory {
  Bytes bytes;
  size_t offset = 0;
};

tmsize_t Read(thandle_t, void*, tmsize_t) { return -1; }

tmsize_t Write(thandle_t user, void* from, tmsize_t size) {
  auto* const memory = static_cast<Memory*>(user);
  const size_t end = memory->offset + static_cast<size_t>(size);
  if (end > memory->bytes.size()) memory->bytes.resize(end);
  memcpy(memory->bytes.data() + memory->offset, from,
         static_cast<size_t>(size));
  memory->offset = end;
  return size;
}

toff_t Seek(thandle_t user, toff_t offset, int whence) {
  auto* const memory = static_cast<Memory*>(user);
  if (whence == SEEK_CUR) offset += memory->offset;
  if (whence == SEEK_END) offset += memory->bytes.size();
  return memory->offset = offset;
}

int Close(thandle_t) { return 0; }
toff_t Size(thandle_t user) { return static_cast<Memory*>(user)->bytes.size(); }

struct Kind {
  uint16_t compression = COMPRESSION_NONE;
  uint16_t photometric = PHOTOMETRIC_RGB;
  uint16_t samples = 3;
  uint16_t bits = 8;
  uint32_t rows = 7;   // of a strip
  uint32_t tile = 0;   // its side; 0: strips
  uint16_t alpha = 0;  // EXTRASAMPLE_*, of a fourth sample
  uint16_t orientation = ORIENTATION_TOPLEFT;
  const char* mode = "w";
};

// The samples of one pixel, of eight bits or sixteen.
void PutPixel(const Pixel& pixel, const Kind& kind, Bytes* to) {
  for (uint16_t i = 0; i < kind.samples; ++i) {
    if (kind.bits == 16) to->push_back(pixel[i]);
    to->push_back(pixel[i]);
  }
}

Bytes Tile(const Picture& picture, const Kind& kind, uint32_t left,
           uint32_t top) {
  Bytes tile;
  for (uint32_t y = top; y < top + kind.tile; ++y) {
    for (uint32_t x = left; x < left + kind.tile; ++x) {
      PutPixel(picture.At(std::min(x, kSize.width - 1),
                          std::min(y, kSize.height - 1)),
               kind, &tile);
    }
  }
  return tile;
}

Bytes Encode(const Picture& picture, const Kind& kind) {
  Memory memory;
  TIFF* const tiff = TIFFClientOpen("", kind.mode, &memory, Read, Write, Seek,
                                    Close, Size, nullptr, nullptr);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, kSize.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, kSize.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind.samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, kind.orientation);
  if (kind.alpha != 0) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind.alpha);
  if (kind.tile != 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kind.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, kind.tile);
    for (uint32_t y = 0; y < kSize.height; y += kind.tile) {
      for (uint32_t x = 0; x < kSize.width; x += kind.tile) {
        Bytes tile = Tile(picture, kind, x, y);
        TIFFWriteTile(tiff, tile.data(), x, y, 0, 0);
      }
    }
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, kind.rows);
    for (uint32_t y = 0; y < kSize.height; ++y) {
      Bytes row;
      for (uint32_t x = 0; x < kSize.width; ++x) {
        PutPixel(picture.At(x, y), kind, &row);
      }
      TIFFWriteScanline(tiff, row.data(), y, 0);
    }
  }
  TIFFClose(tiff);
  return memory.bytes;
}

const Picture& Colours() {
  static const Picture picture = TestPicture(kSize, Alpha::kOpaque);
  return picture;
}

TEST(TiffDecoderTest, EveryLosslessCompressionComesBack) {
  for (const uint16_t compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_PACKBITS,
        COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE, COMPRESSION_LZMA,
        COMPRESSION_ZSTD}) {
    for (const uint32_t tile : {0U, 16U, 48U, 64U}) {
      const Kind kind = {.compression = compression, .tile = tile};
      EXPECT_EQ(
          Difference(Decoded(DecodeTiff, Encode(Colours(), kind)), Colours()),
          0)
          << compression << ' ' << tile;
    }
  }
}

TEST(TiffDecoderTest, LossyOnesNearly) {
  for (const uint16_t compression : {COMPRESSION_JPEG, COMPRESSION_WEBP}) {
    const Kind kind = {.compression = compression, .rows = 16};
    EXPECT_LE(
        Difference(Decoded(DecodeTiff, Encode(Colours(), kind)), Colours()),
        110);
  }
}

TEST(TiffDecoderTest, StripsOfAnyHeightAndBitsAndByteOrder) {
  for (const Kind& kind :
       {Kind{.rows = 1}, Kind{.rows = kSize.height}, Kind{.rows = 1000},
        Kind{.bits = 16}, Kind{.bits = 16, .mode = "wb"}, Kind{.mode = "w8"}}) {
    EXPECT_EQ(
        Difference(Decoded(DecodeTiff, Encode(Colours(), kind)), Colours()), 0);
  }
}

TEST(TiffDecoderTest, GreyBecomesRgba) {
  const Picture grey = Decoded(
      DecodeTiff,
      Encode(Colours(), {.photometric = PHOTOMETRIC_MINISBLACK, .samples = 1}));
  const uint8_t red = Colours().At(20, 9)[0];
  EXPECT_EQ(grey.At(20, 9), (Pixel{red, red, red, 255}));
}

TEST(TiffDecoderTest, InksBecomeColours) {
  Picture inks = Colours();
  std::ranges::fill(inks.pixels, Pixel{255, 0, 55, 0});
  const Picture picture = Decoded(
      DecodeTiff,
      Encode(inks, {.photometric = PHOTOMETRIC_SEPARATED, .samples = 4}));
  EXPECT_EQ(picture.At(3, 3), (Pixel{0, 255, 200, 255}));
}

TEST(TiffDecoderTest, AlphaIsStraight) {
  const Picture straight = TestPicture(kSize, Alpha::kVaries);
  for (const uint16_t bits : {8, 16}) {
    EXPECT_EQ(
        Difference(Decoded(DecodeTiff,
                           Encode(straight, {.samples = 4,
                                             .bits = bits,
                                             .alpha = EXTRASAMPLE_UNASSALPHA})),
                   straight),
        0);
  }
  Picture multiplied = Colours();
  std::ranges::fill(multiplied.pixels, Pixel{50, 25, 0, 100});
  const Picture divided = Decoded(
      DecodeTiff,
      Encode(multiplied, {.samples = 4, .alpha = EXTRASAMPLE_ASSOCALPHA}));
  EXPECT_EQ(divided.At(1, 1), (Pixel{128, 64, 0, 100}));
}

TEST(TiffDecoderTest, EveryOrientationComesOutUpright) {
  for (uint16_t orientation = 1; orientation <= 8; ++orientation) {
    const Picture picture =
        Decoded(DecodeTiff, Encode(Colours(), {.orientation = orientation}));
    // Where the file's first pixel, and the last of its first row, are seen.
    const ImageSize size = UprightSize(kSize, orientation);
    const uint32_t right = size.width - 1;
    const uint32_t bottom = size.height - 1;
    const std::array<std::array<uint32_t, 4>, 8> corners = {
        {{0, 0, right, 0},
         {right, 0, 0, 0},
         {right, bottom, 0, bottom},
         {0, bottom, right, bottom},
         {0, 0, 0, bottom},
         {right, 0, right, bottom},
         {right, bottom, right, 0},
         {0, bottom, 0, 0}}};
    const auto& [x0, y0, x1, y1] = corners[orientation - 1];
    EXPECT_EQ(picture.size.width, size.width);
    EXPECT_EQ(picture.At(x0, y0), Colours().At(0, 0)) << orientation;
    EXPECT_EQ(picture.At(x1, y1), Colours().At(kSize.width - 1, 0))
        << orientation;
  }
}

TEST(TiffDecoderTest, WhatRgbaCannotShowIsRefused) {
  EXPECT_THAT(Refusal(DecodeTiff, Encode(Colours(), {.photometric = 99})),
              HasSubstr("PhotometricInterpretation"));
}

TEST(TiffDecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(DecodeTiff, Encode(Colours(), {})));
}

TEST(TiffDecoderTest, DamageIsSurvived) {
  // The directory comes last.
  for (const uint16_t compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
        COMPRESSION_ZSTD}) {
    for (const uint32_t tile : {0U, 16U}) {
      ExpectSurvivesDamage(
          DecodeTiff,
          Encode(Colours(), {.compression = compression, .tile = tile}));
    }
  }
}

TEST(TiffDecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodeTiff, {}), "Cannot read TIFF header");
  EXPECT_THAT(Refusal(DecodeTiff, Bytes(100, 'x')),
              HasSubstr("Not a TIFF or MDI file"));
}

}  // namespace
}  // namespace examples
