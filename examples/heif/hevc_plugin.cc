// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/hevc_plugin.h"

#include <libde265/de265.h>
#include <libheif/heif.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "examples/heif/hevc_buffers.h"
#include "examples/heif/plugin.h"

namespace examples {
namespace {

constexpr size_t kLengthBytes = 4;  // before each unit of the stream

heif_error NoMemory() { return PluginNoMemory("libde265 got no memory"); }

// What one decoder has.
struct Hevc {
  de265_decoder_context* context = nullptr;
  HevcBuffers buffers;
  int pictures = 0;
};

const char* PluginName() { return "libde265, without threads"; }

int DoesSupport(heif_compression_format format) {
  return format == heif_compression_HEVC ? kPluginPriority : 0;
}

heif_error NewDecoder(void** decoder) {
  auto hevc = std::make_unique<Hevc>();
  hevc->context = de265_new_decoder();
  if (hevc->context == nullptr) return NoMemory();
  hevc->buffers.Serve(hevc->context);
  de265_set_parameter_bool(hevc->context,
                           DE265_DECODER_PARAM_BOOL_SEI_CHECK_HASH, 1);
  // Those that are made of others, for there are none.
  de265_set_parameter_bool(hevc->context,
                           DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 1);
  *decoder = hevc.release();
  return kPluginOk;
}

void FreeDecoder(void* decoder) {
  const std::unique_ptr<Hevc> hevc(static_cast<Hevc*>(decoder));
  de265_free_decoder(hevc->context);
}

// Whether a picture begins with this unit of the stream.
bool BeginsPicture(std::span<const uint8_t> unit) {
  constexpr int kLastPictureKind = 31;
  return unit.size() > 2 && (unit[0] >> 1 & 0x3f) <= kLastPictureKind &&
         (unit[2] & 0x80) != 0;
}

heif_error PushData(void* decoder, const void* data, size_t size) {
  auto* const hevc = static_cast<Hevc*>(decoder);
  std::span<const uint8_t> left(static_cast<const uint8_t*>(data), size);
  while (!left.empty()) {
    if (left.size() < kLengthBytes) return PluginBroken("a unit is cut off");
    const uint32_t length = uint32_t{left[0]} << 24 | uint32_t{left[1]} << 16 |
                            uint32_t{left[2]} << 8 | left[3];
    left = left.subspan(kLengthBytes);
    if (length > left.size()) return PluginBroken("a unit is cut off");
    if (BeginsPicture(left.first(length)) && ++hevc->pictures > 1) {
      return PluginBroken("the stream has more than one picture");
    }
    const de265_error error = de265_push_NAL(
        hevc->context, left.data(), static_cast<int>(length), 0, nullptr);
    if (error != DE265_OK) return PluginBroken(de265_get_error_text(error));
    left = left.subspan(length);
  }
  return kPluginOk;
}

heif_error ToError(HevcBuffers::Refusal refusal) {
  switch (refusal) {
    case HevcBuffers::Refusal::kTooLarge:
      return PluginTooLarge();
    case HevcBuffers::Refusal::kBadlyCropped:
      return PluginBroken(
          "the stream's picture is cropped by 64 samples or more");
    case HevcBuffers::Refusal::kNoMemory:
      break;
  }
  return NoMemory();
}

// The first picture there is; null: none.
const de265_image* Decode(const Hevc& hevc, heif_error* error) {
  de265_decoder_context* const context = hevc.context;
  *error = PluginBroken("the stream has no picture");
  de265_flush_data(context);
  const de265_image* image = nullptr;
  int more = 1;
  while (image == nullptr && more != 0) {
    more = 0;
    const de265_error decoded = de265_decode(context, &more);
    if (decoded == DE265_ERROR_OUT_OF_MEMORY) {
      *error = ToError(hevc.buffers.refusal());
      return nullptr;
    }
    if (decoded != DE265_OK) {
      *error = PluginBroken(de265_get_error_text(decoded));
      return nullptr;
    }
    image = de265_peek_next_picture(context);
  }
  // What libde265 warns of are pictures that it made up where they are broken.
  const de265_error warning = de265_get_warning(context);
  if (warning != DE265_OK) {
    *error = PluginBroken(de265_get_error_text(warning));
    return nullptr;
  }
  return image;
}

StreamPicture::Plane PlaneOf(const de265_image* image, int plane) {
  int stride = 0;
  const uint8_t* const samples = de265_get_image_plane(image, plane, &stride);
  return {samples, stride, de265_get_image_width(image, plane),
          de265_get_image_height(image, plane),
          de265_get_bits_per_pixel(image, plane)};
}

heif_error DecodeImage(void* decoder, heif_image** out) {
  *out = nullptr;
  heif_error error;
  const de265_image* const image = Decode(*static_cast<Hevc*>(decoder), &error);
  if (image == nullptr) return error;
  const de265_chroma chroma = de265_get_chroma_format(image);
  StreamPicture picture;
  picture.chroma = static_cast<heif_chroma>(chroma);
  const int planes = chroma == de265_chroma_mono ? 1 : StreamPicture::kPlanes;
  for (int plane = 0; plane < planes; ++plane) {
    picture.planes[plane] = PlaneOf(image, plane);
  }
  picture.colours = {de265_get_image_colour_primaries(image),
                     de265_get_image_transfer_characteristics(image),
                     de265_get_image_matrix_coefficients(image),
                     de265_get_image_full_range_flag(image) != 0};
  return ToHeifImage(picture, out);
}

void SetStrict(void*, int) {}  // it is

}  // namespace

const heif_decoder_plugin kHevcPlugin = {
    .plugin_api_version = kPluginApi,
    .get_plugin_name = PluginName,
    .init_plugin = nullptr,
    .deinit_plugin = nullptr,
    .does_support_format = DoesSupport,
    .new_decoder = NewDecoder,
    .free_decoder = FreeDecoder,
    .push_data = PushData,
    .decode_image = DecodeImage,
    .set_strict_decoding = SetStrict,
    .id_name = "cellblock-hevc",
};

}  // namespace examples
