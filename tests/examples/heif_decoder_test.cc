// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/heif_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libheif/heif.h>

#include <algorithm>
#include <cstring>

#include "tests/examples/decoding.h"

// The encoder of HEVC, which only makes the files here, keeps some memory.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265.so";
}

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {96, 64};

// Without chroma of its own; the conversion to YCbCr and back rounds.
constexpr int kNearlyLossless = 6;

struct Kind {
  heif_compression_format format = heif_compression_HEVC;
  bool has_alpha = false;
};

heif_error Append(heif_context*, const void* data, size_t size, void* user) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  auto* const file = static_cast<Bytes*>(user);
  file->insert(file->end(), bytes, bytes + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

heif_image* ToHeif(const Picture& picture, const Kind& kind) {
  const int width = static_cast<int>(picture.size.width);
  const int height = static_cast<int>(picture.size.height);
  heif_image* image = nullptr;
  heif_image_create(width, height, heif_colorspace_RGB,
                    kind.has_alpha ? heif_chroma_interleaved_RGBA
                                   : heif_chroma_interleaved_RGB,
                    &image);
  heif_image_add_plane(image, heif_channel_interleaved, width, height, 8);
  int stride = 0;
  uint8_t* row = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  const size_t samples = kind.has_alpha ? 4 : 3;
  for (uint32_t y = 0; y < picture.size.height; ++y, row += stride) {
    for (uint32_t x = 0; x < picture.size.width; ++x) {
      memcpy(row + x * samples, picture.At(x, y).data(), samples);
    }
  }
  return image;
}

Bytes Encode(const Picture& picture, const Kind& kind) {
  EXPECT_TRUE(PrepareHeif().ok());
  heif_image* const image = ToHeif(picture, kind);
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  heif_context_get_encoder_for_format(context, kind.format, &encoder);
  heif_encoder_set_lossless(encoder, 1);
  heif_encoder_set_parameter(encoder, "chroma", "444");
  heif_image_handle* handle = nullptr;
  const heif_error encoded =
      heif_context_encode_image(context, image, encoder, nullptr, &handle);
  EXPECT_EQ(encoded.code, heif_error_Ok) << encoded.message;
  Bytes file;
  heif_writer writer = {1, Append};
  heif_context_write(context, &writer, &file);
  heif_image_handle_release(handle);
  heif_encoder_release(encoder);
  heif_context_free(context);
  heif_image_release(image);
  return file;
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

INSTANTIATE_TEST_SUITE_P(Formats, HeifDecoderTest,
                         testing::Values(heif_compression_HEVC,
                                         heif_compression_AV1));

// A file that says 64 x 64 of a stream that has 96 x 64.
Bytes Understated() {
  Bytes file = Encode(TestPicture(kSize, Alpha::kOpaque), {});
  constexpr std::array<uint8_t, 4> kBox = {'i', 's', 'p', 'e'};
  const auto box =
      std::search(file.begin(), file.end(), kBox.begin(), kBox.end());
  EXPECT_NE(box, file.end());
  box[4 + 4 + 3] = 64;  // behind version and flags, the lowest byte
  return file;
}

TEST(HeifDecoderTest, TheStreamHasToHaveTheSizeThatTheFileSays) {
  EXPECT_EQ(Refusal(DecodeHeif, Understated()),
            "the picture has not the size it says");
}

TEST(HeifDecoderTest, LimitsAreThoseOfTheStreamToo) {
  MemorySink sink;
  EXPECT_TRUE(absl::IsResourceExhausted(
      DecodeHeif(Understated(), {.pixels = 64 * 64}, sink)));
}

TEST(HeifDecoderTest, OtherFilesAreRefused) {
  EXPECT_THAT(Refusal(DecodeHeif, {}), HasSubstr("Invalid input"));
  EXPECT_THAT(Refusal(DecodeHeif, Bytes(100, 'x')), HasSubstr("Invalid input"));
}

}  // namespace
}  // namespace examples
