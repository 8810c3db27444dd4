// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/webp/webp_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <webp/encode.h>

#include "tests/examples/decoding.h"

namespace examples {
namespace {

constexpr ImageSize kSize = {61, 47};
constexpr float kBest = 100;
constexpr int kLossy = 80;  // chroma has half the resolution

enum class Kind : uint8_t { kLossless, kLossy };

Bytes Encode(const Picture& picture, Kind kind) {
  const uint8_t* const rgba = picture.pixels.data()->data();
  const int width = static_cast<int>(picture.size.width);
  const int height = static_cast<int>(picture.size.height);
  const int stride = width * static_cast<int>(kPixelBytes);
  uint8_t* bytes = nullptr;
  const size_t size =
      kind == Kind::kLossless
          ? WebPEncodeLosslessRGBA(rgba, width, height, stride, &bytes)
          : WebPEncodeRGBA(rgba, width, height, stride, kBest, &bytes);
  Bytes file(bytes, bytes + size);
  WebPFree(bytes);
  return file;
}

TEST(WebpDecoderTest, LosslessPicturesComeBack) {
  for (const Alpha alpha : {Alpha::kOpaque, Alpha::kVaries}) {
    const Picture picture = TestPicture(kSize, alpha);
    EXPECT_EQ(Difference(Decoded(DecodeWebp, Encode(picture, Kind::kLossless)),
                         picture),
              0);
  }
}

TEST(WebpDecoderTest, LossyOnesNearly) {
  const Picture picture = TestPicture(kSize, Alpha::kVaries);
  EXPECT_LE(
      Difference(Decoded(DecodeWebp, Encode(picture, Kind::kLossy)), picture),
      kLossy);
}

TEST(WebpDecoderTest, AnimatedOnesAreRefused) {
  // A header that says so, with a canvas of 1 x 1, and nothing behind it.
  const Bytes file = {'R', 'I', 'F', 'F', 22,  0,   0,  0, 'W', 'E',
                      'B', 'P', 'V', 'P', '8', 'X', 10, 0, 0,   0,
                      2,   0,   0,   0,   0,   0,   0,  0, 0,   0};
  EXPECT_EQ(Refusal(DecodeWebp, file), "the picture is animated");
}

TEST(WebpDecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(
      DecodeWebp, Encode(TestPicture(kSize, Alpha::kOpaque), Kind::kLossy)));
}

TEST(WebpDecoderTest, DamageIsSurvived) {
  const Picture picture = TestPicture(kSize, Alpha::kVaries);
  ExpectSurvivesDamage(DecodeWebp, Encode(picture, Kind::kLossless));
  ExpectSurvivesDamage(DecodeWebp, Encode(picture, Kind::kLossy));
}

TEST(WebpDecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodeWebp, {}), "the bitstream is broken");
  EXPECT_EQ(Refusal(DecodeWebp, {'R', 'I', 'F', 'F'}),
            "the file ends too early");
  EXPECT_EQ(Refusal(DecodeWebp, Bytes(100, 'x')), "the bitstream is broken");
}

}  // namespace
}  // namespace examples
