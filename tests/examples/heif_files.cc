// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/heif_files.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

// The encoder of HEVC, which only makes the files here, keeps some memory.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265.so";
}

namespace examples {
namespace {

heif_error Append(heif_context*, const void* data, size_t size, void* user) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  auto* const file = static_cast<Bytes*>(user);
  file->insert(file->end(), bytes, bytes + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

heif_chroma InterleavedOf(const HeifForm& form) {
  if (form.bits > 8) {
    return form.has_alpha ? heif_chroma_interleaved_RRGGBBAA_LE
                          : heif_chroma_interleaved_RRGGBB_LE;
  }
  return form.has_alpha ? heif_chroma_interleaved_RGBA
                        : heif_chroma_interleaved_RGB;
}

void PutSample(uint8_t sample, int bits, uint8_t* to) {
  if (bits == 8) {
    *to = sample;
    return;
  }
  const int deep = sample << (bits - 8) | sample >> (16 - bits);
  to[0] = static_cast<uint8_t>(deep & 0xff);
  to[1] = static_cast<uint8_t>(deep >> 8);
}

heif_image* ToHeif(const Picture& picture, const HeifForm& form) {
  const int width = static_cast<int>(picture.size.width);
  const int height = static_cast<int>(picture.size.height);
  heif_image* image = nullptr;
  heif_image_create(width, height, heif_colorspace_RGB, InterleavedOf(form),
                    &image);
  heif_image_add_plane(image, heif_channel_interleaved, width, height,
                       form.bits);
  int stride = 0;
  uint8_t* row = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  const size_t samples = form.has_alpha ? 4 : 3;
  const size_t sample_bytes = form.bits > 8 ? 2 : 1;
  for (uint32_t y = 0; y < picture.size.height; ++y, row += stride) {
    uint8_t* to = row;
    for (uint32_t x = 0; x < picture.size.width; ++x) {
      for (size_t i = 0; i < samples; ++i, to += sample_bytes) {
        PutSample(picture.At(x, y)[i], form.bits, to);
      }
    }
  }
  return image;
}

}  // namespace

Bytes EncodeHeif(const Picture& picture, const HeifForm& form) {
  heif_image* const image = ToHeif(picture, form);
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  heif_context_get_encoder_for_format(context, form.format, &encoder);
  heif_encoder_set_lossless(encoder, 1);
  heif_encoder_set_parameter(encoder, "chroma", form.chroma);
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

}  // namespace examples
