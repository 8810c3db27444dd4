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

// How a kind's pixels are handed to libheif.
struct Form {
  heif_chroma chroma;
  size_t samples;  // a pixel
  int bits;
};

Form FormOf(HeifKind kind) {
  switch (kind) {
    case HeifKind::kAv1:
      return {heif_chroma_interleaved_RGB, 3, 8};
    case HeifKind::kAv1Deep:
      return {heif_chroma_interleaved_RRGGBB_LE, 3, 12};
    case HeifKind::kHevc:
    case HeifKind::kAv1Alpha:
      break;
  }
  return {heif_chroma_interleaved_RGBA, 4, 8};
}

void PutPixel(const uint8_t* pixel, const Form& form, uint8_t* to) {
  if (form.bits == 8) {
    memcpy(to, pixel, form.samples);
    return;
  }
  for (size_t i = 0; i < form.samples; ++i) {
    const int deep = pixel[i] << 4 | pixel[i] >> 4;
    to[2 * i] = static_cast<uint8_t>(deep & 0xff);
    to[2 * i + 1] = static_cast<uint8_t>(deep >> 8);
  }
}

heif_image* ToHeif(const Picture& picture, const Form& form) {
  const auto width = static_cast<int>(picture.width);
  const auto height = static_cast<int>(picture.height);
  heif_image* image = nullptr;
  Must(heif_image_create(width, height, heif_colorspace_RGB, form.chroma,
                         &image));
  Must(heif_image_add_plane(image, heif_channel_interleaved, width, height,
                            form.bits));
  int stride = 0;
  uint8_t* const plane =
      heif_image_get_plane(image, heif_channel_interleaved, &stride);
  const size_t pixel_bytes = form.samples * (form.bits > 8 ? 2 : 1);
  for (size_t y = 0; y < picture.height; ++y) {
    uint8_t* const row = plane + y * static_cast<size_t>(stride);
    for (size_t x = 0; x < picture.width; ++x) {
      PutPixel(&picture.rgba[4 * (picture.width * y + x)], form,
               row + pixel_bytes * x);
    }
  }
  return image;
}

}  // namespace

Bytes PackHeif(const Picture& picture, HeifKind kind) {
  heif_image* const image = ToHeif(picture, FormOf(kind));
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  Must(heif_context_get_encoder_for_format(
      context,
      kind == HeifKind::kHevc ? heif_compression_HEVC : heif_compression_AV1,
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
