// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <libheif/heif.h>

#include <cstring>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"

namespace examples {
namespace {

void Must(const heif_error& error) {
  Check(error.code == heif_error_Ok, "libheif");
}

heif_error Append(heif_context*, const void* data, size_t size, void* user) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  auto* const file = static_cast<Bytes*>(user);
  file->insert(file->end(), bytes, bytes + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

}  // namespace

Bytes PackHeif(const Picture& picture, HeifKind kind) {
  const auto width = static_cast<int>(picture.width);
  const auto height = static_cast<int>(picture.height);
  const size_t samples = kind == HeifKind::kAv1 ? 3 : 4;
  heif_image* image = nullptr;
  Must(heif_image_create(
      width, height, heif_colorspace_RGB,
      samples == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
      &image));
  Must(heif_image_add_plane(image, heif_channel_interleaved, width, height, 8));
  int stride = 0;
  uint8_t* const plane =
      heif_image_get_plane(image, heif_channel_interleaved, &stride);
  for (size_t y = 0; y < picture.height; ++y) {
    uint8_t* const row = plane + y * static_cast<size_t>(stride);
    for (size_t x = 0; x < picture.width; ++x) {
      memcpy(row + samples * x, &picture.rgba[4 * (picture.width * y + x)],
             samples);
    }
  }
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  Must(heif_context_get_encoder_for_format(
      context,
      kind == HeifKind::kAv1 ? heif_compression_AV1 : heif_compression_HEVC,
      &encoder));
  Must(heif_encoder_set_lossy_quality(encoder, 50));
  Must(heif_context_encode_image(context, image, encoder, nullptr, nullptr));
  Bytes file;
  heif_writer writer = {1, Append};
  Must(heif_context_write(context, &writer, &file));
  heif_encoder_release(encoder);
  heif_image_release(image);
  heif_context_free(context);
  return file;
}

}  // namespace examples
