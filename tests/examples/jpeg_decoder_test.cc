// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg/jpeg_decoder.h"

// The second needs the first.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
// clang-format on

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/examples/decoding.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {67, 45};
constexpr int kLossy = 24;  // how far a channel may be off at quality 95

// A scan for each coefficient of each component.
std::vector<jpeg_scan_info> LoneCoefficients() {
  std::vector<jpeg_scan_info> scans = {{3, {0, 1, 2, 0}, 0, 0, 0, 0}};
  for (int component = 0; component < 3; ++component) {
    for (int i = 1; i < DCTSIZE2; ++i) {
      scans.push_back({1, {component, 0, 0, 0}, i, i, 0, 0});
    }
  }
  return scans;
}

struct Kind {
  J_COLOR_SPACE given = JCS_EXT_RGBA;
  J_COLOR_SPACE kept = JCS_YCbCr;
  bool is_progressive = false;
  std::vector<jpeg_scan_info> scans = {};
};

// `samples` are of the colour space `given`.
Bytes Encode(std::span<const uint8_t> samples, const Kind& kind) {
  jpeg_compress_struct cinfo = {};
  jpeg_error_mgr error;
  cinfo.err = jpeg_std_error(&error);
  jpeg_create_compress(&cinfo);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&cinfo, &bytes, &size);
  cinfo.image_width = kSize.width;
  cinfo.image_height = kSize.height;
  cinfo.in_color_space = kind.given;
  cinfo.input_components =
      static_cast<int>(samples.size() / kSize.width / kSize.height);
  jpeg_set_defaults(&cinfo);
  jpeg_set_colorspace(&cinfo, kind.kept);
  jpeg_set_quality(&cinfo, 95, TRUE);
  for (int i = 0; i < cinfo.num_components; ++i) {
    cinfo.comp_info[i].h_samp_factor = cinfo.comp_info[i].v_samp_factor = 1;
  }
  if (kind.is_progressive) jpeg_simple_progression(&cinfo);
  if (!kind.scans.empty()) {
    cinfo.scan_info = kind.scans.data();
    cinfo.num_scans = static_cast<int>(kind.scans.size());
  }
  jpeg_start_compress(&cinfo, TRUE);
  const size_t row = samples.size() / kSize.height;
  while (cinfo.next_scanline < cinfo.image_height) {
    JSAMPROW at = const_cast<JSAMPROW>(&samples[cinfo.next_scanline * row]);
    jpeg_write_scanlines(&cinfo, &at, 1);
  }
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  Bytes file(bytes, bytes + size);
  free(bytes);
  return file;
}

std::span<const uint8_t> SamplesOf(const Picture& picture) {
  return {picture.pixels.data()->data(), picture.pixels.size() * kPixelBytes};
}

Bytes EncodeColours(const Kind& kind) {
  return Encode(SamplesOf(TestPicture(kSize, Alpha::kOpaque)), kind);
}

TEST(JpegDecoderTest, ColoursComeBack) {
  const Picture picture = TestPicture(kSize, Alpha::kOpaque);
  for (const Kind& kind :
       {Kind{}, Kind{.is_progressive = true}, Kind{.kept = JCS_RGB}}) {
    EXPECT_LE(Difference(Decoded(DecodeJpeg, EncodeColours(kind)), picture),
              kLossy);
  }
}

TEST(JpegDecoderTest, GreyBecomesRgba) {
  const Bytes samples(size_t{kSize.width} * kSize.height, 77);
  const Picture grey =
      Decoded(DecodeJpeg, Encode(samples, {JCS_GRAYSCALE, JCS_GRAYSCALE}));
  EXPECT_EQ(grey.At(5, 5), (Pixel{77, 77, 77, 255}));
}

// libjpeg writes the marker by which the inks are the other way round.
TEST(JpegDecoderTest, InksBecomeColours) {
  Bytes samples;
  for (uint32_t i = 0; i < kSize.width * kSize.height; ++i) {
    samples.insert(samples.end(), {200, 100, 50, 128});
  }
  for (const J_COLOR_SPACE kept : {JCS_CMYK, JCS_YCCK}) {
    const Picture picture =
        Decoded(DecodeJpeg, Encode(samples, {JCS_CMYK, kept}));
    const Picture expected{
        kSize, std::vector<Pixel>(picture.pixels.size(), {100, 50, 25, 255})};
    EXPECT_LE(Difference(picture, expected), 2) << kept;
  }
}

TEST(JpegDecoderTest, ManyScansAreRefused) {
  EXPECT_EQ(Refusal(DecodeJpeg, EncodeColours({.scans = LoneCoefficients()})),
            "it has more than 100 scans");
}

TEST(JpegDecoderTest, WhatIsMissingIsNotMadeUp) {
  Bytes file = EncodeColours({});
  file.resize(file.size() - 1);
  EXPECT_EQ(Refusal(DecodeJpeg, file), "the file ends too early");
  // The end's marker in the middle of the data.
  file = EncodeColours({});
  file[file.size() / 2] = 0xff;
  file[file.size() / 2 + 1] = 0xd9;
  EXPECT_THAT(Refusal(DecodeJpeg, file), HasSubstr("premature end of data"));
}

TEST(JpegDecoderTest, BytesBetweenMarkersArePassedOver) {
  Bytes file = EncodeColours({});
  const Picture picture = Decoded(DecodeJpeg, file);
  file.insert(file.begin() + 2, {1, 2, 3});
  EXPECT_EQ(Difference(Decoded(DecodeJpeg, file), picture), 0);
}

TEST(JpegDecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(DecodeJpeg, EncodeColours({})));
}

TEST(JpegDecoderTest, DamageIsSurvived) {
  ExpectSurvivesDamage(DecodeJpeg, EncodeColours({}));
  ExpectSurvivesDamage(DecodeJpeg, EncodeColours({.is_progressive = true}));
}

TEST(JpegDecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodeJpeg, {}), "the file ends too early");
  EXPECT_THAT(Refusal(DecodeJpeg, Bytes(100, 'x')),
              HasSubstr("Not a JPEG file"));
}

}  // namespace
}  // namespace examples
