// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/plugin.h"

#include <cstring>
#include <memory>

namespace examples {
namespace {

constexpr char kNoMemory[] = "libheif got no memory";

struct Release {
  void operator()(heif_image* image) const { heif_image_release(image); }
};

heif_error CopyPlane(const StreamPicture::Plane& from, heif_channel channel,
                     heif_image* to) {
  const heif_error added =
      heif_image_add_plane(to, channel, from.width, from.height, from.bits);
  if (added.code != heif_error_Ok) return added;
  int stride = 0;
  uint8_t* target = heif_image_get_plane(to, channel, &stride);
  if (target == nullptr) return PluginNoMemory(kNoMemory);
  const auto* source = static_cast<const uint8_t*>(from.samples);
  const size_t row = static_cast<size_t>(from.width) * (from.bits > 8 ? 2 : 1);
  for (int y = 0; y < from.height; ++y) {
    memcpy(target, source, row);
    source += from.stride;
    target += stride;
  }
  return kPluginOk;
}

heif_error CopyColours(const StreamPicture::Colours& from, heif_image* to) {
  heif_color_profile_nclx* const colours = heif_nclx_color_profile_alloc();
  if (colours == nullptr) return PluginNoMemory(kNoMemory);
  heif_error error = heif_nclx_color_profile_set_color_primaries(
      colours, static_cast<uint16_t>(from.primaries));
  if (error.code == heif_error_Ok) {
    error = heif_nclx_color_profile_set_transfer_characteristics(
        colours, static_cast<uint16_t>(from.transfer));
  }
  if (error.code == heif_error_Ok) {
    error = heif_nclx_color_profile_set_matrix_coefficients(
        colours, static_cast<uint16_t>(from.matrix));
  }
  colours->full_range_flag = from.is_full_range;
  if (error.code == heif_error_Ok) {
    error = heif_image_set_nclx_color_profile(to, colours);
  }
  heif_nclx_color_profile_free(colours);
  return error;
}

}  // namespace

heif_error ToHeifImage(const StreamPicture& picture, heif_image** out) {
  *out = nullptr;
  const bool is_grey = picture.chroma == heif_chroma_monochrome;
  const int planes = is_grey ? 1 : StreamPicture::kPlanes;
  for (int plane = 0; plane < planes; ++plane) {
    const StreamPicture::Plane& from = picture.planes[plane];
    if (from.samples == nullptr || from.width <= 0 || from.height <= 0) {
      return PluginBroken("the picture is empty");
    }
    if (from.bits != picture.planes[0].bits) {
      return PluginBroken("its planes differ in their bits");
    }
  }
  heif_image* made = nullptr;
  heif_error error = heif_image_create(
      picture.planes[0].width, picture.planes[0].height,
      is_grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
      picture.chroma, &made);
  if (error.code != heif_error_Ok) return error;
  std::unique_ptr<heif_image, Release> image(made);
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb,
                                        heif_channel_Cr};
  for (int plane = 0; plane < planes; ++plane) {
    error = CopyPlane(picture.planes[plane], kChannels[plane], made);
    if (error.code != heif_error_Ok) return error;
  }
  error = CopyColours(picture.colours, made);
  if (error.code != heif_error_Ok) return error;
  *out = image.release();
  return kPluginOk;
}

}  // namespace examples
