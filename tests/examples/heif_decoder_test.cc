// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/heif_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libheif/heif.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "tests/examples/decoding.h"
#include "tests/examples/heif_files.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {96, 64};

// Without chroma of its own; the conversion to YCbCr and back rounds.
constexpr int kNearlyLossless = 6;

// No encoder without libheif's plugins, which the decoder looks for.
Bytes Encode(const Picture& picture, const HeifForm& form) {
  EXPECT_TRUE(PrepareHeif().ok());
  return EncodeHeif(picture, form);
}

class HeifDecoderTest : public testing::TestWithParam<heif_compression_format> {
};

TEST_P(HeifDecoderTest, PicturesComeBack) {
  const Picture opaque = TestPicture(kSize, Alpha::kOpaque);
  EXPECT_LE(
      Difference(Decoded(DecodeHeif, Encode(opaque, {GetParam()})), opaque),
      kNearlyLossless);
  const Picture picture = TestPicture(kSize, Alpha::kVaries);
  EXPECT_LE(Difference(Decoded(DecodeHeif, Encode(picture, {GetParam(), true})),
                       picture),
            kNearlyLossless);
}

TEST_P(HeifDecoderTest, LimitsComeFirst) {
  // The second one is not made of whole blocks. (Smaller ones are stored
  // larger, and cropped.)
  for (const ImageSize size : {kSize, ImageSize{86, 70}}) {
    EXPECT_TRUE(KeepsToLimits(
        DecodeHeif, Encode(TestPicture(size, Alpha::kOpaque), {GetParam()})));
  }
}

TEST_P(HeifDecoderTest, DamageIsSurvived) {
  ExpectSurvivesDamage(DecodeHeif, Encode(TestPicture({64, 64}, Alpha::kOpaque),
                                          {GetParam(), true}));
}

// A file that says 64 x 64 of a stream that has 96 x 64.
Bytes Understated(heif_compression_format format) {
  Bytes file = Encode(TestPicture(kSize, Alpha::kOpaque), {format});
  constexpr std::array<uint8_t, 4> kBox = {'i', 's', 'p', 'e'};
  const auto box =
      std::search(file.begin(), file.end(), kBox.begin(), kBox.end());
  EXPECT_NE(box, file.end());
  box[4 + 4 + 3] = 64;  // behind version and flags, the lowest byte
  return file;
}

TEST_P(HeifDecoderTest, TheStreamHasToHaveTheSizeThatTheFileSays) {
  EXPECT_EQ(Refusal(DecodeHeif, Understated(GetParam())),
            "the picture has not the size it says");
}

TEST_P(HeifDecoderTest, LimitsAreThoseOfTheStreamToo) {
  MemorySink sink;
  const absl::Status status =
      DecodeHeif(Understated(GetParam()), {.pixels = 64 * 64}, sink);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the stream has more pixels than the limit"));
}

INSTANTIATE_TEST_SUITE_P(Formats, HeifDecoderTest,
                         testing::Values(heif_compression_HEVC,
                                         heif_compression_AV1));

struct Av1Form {
  int bits;
  const char* chroma;
};

class Av1FormTest : public testing::TestWithParam<Av1Form> {};

// What a picture's brightness may differ by: the conversions round, and less
// chroma than there are pixels is lost.
constexpr int kBrightnessRounds = 6;

int Brightness(const Pixel& pixel) {
  return (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) / 1000;
}

// Not of whole blocks, and of odd sides, which chroma is rounded up for.
TEST_P(Av1FormTest, PicturesComeBack) {
  for (const bool has_alpha : {false, true}) {
    const Picture picture =
        TestPicture({75, 67}, has_alpha ? Alpha::kVaries : Alpha::kOpaque);
    const Picture back = Decoded(
        DecodeHeif, Encode(picture, {heif_compression_AV1, has_alpha,
                                     GetParam().bits, GetParam().chroma}));
    ASSERT_EQ(back.size.width, picture.size.width);
    ASSERT_EQ(back.size.height, picture.size.height);
    int most = 0;
    for (size_t i = 0; i < picture.pixels.size(); ++i) {
      most = std::max(most, abs(Brightness(back.pixels[i]) -
                                Brightness(picture.pixels[i])));
      most = std::max(most, abs(back.pixels[i][3] - picture.pixels[i][3]));
    }
    EXPECT_LE(most, kBrightnessRounds) << "alpha: " << has_alpha;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Av1FormTest,
    testing::Values(Av1Form{8, "420"}, Av1Form{8, "422"}, Av1Form{8, "444"},
                    Av1Form{12, "420"}, Av1Form{12, "422"}, Av1Form{12, "444"}),
    [](const auto& info) {
      return std::to_string(info.param.bits) + "_" + info.param.chroma;
    });

TEST(HeifDecoderTest, OtherFilesAreRefused) {
  EXPECT_THAT(Refusal(DecodeHeif, {}), HasSubstr("Invalid input"));
  EXPECT_THAT(Refusal(DecodeHeif, Bytes(100, 'x')), HasSubstr("Invalid input"));
}

}  // namespace
}  // namespace examples
