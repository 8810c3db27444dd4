// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/hevc_plugin.h"

#include <libde265/de265.h>
#include <libheif/heif.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "examples/heif/hevc_buffers.h"

namespace examples {
namespace {

constexpr int kPluginApi = 3;
constexpr int kPriority = 200;      // libheif's own has 100
constexpr size_t kLengthBytes = 4;  // before each unit of the stream

constexpr int kPlanes = 3;

constexpr heif_error kOk = {heif_error_Ok, heif_suberror_Unspecified,
                            "Success"};

heif_error Broken(const char* why) {
  return {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, why};
}

heif_error NoMemory() {
  return {heif_error_Memory_allocation_error, heif_suberror_Unspecified,
          "libde265 got no memory"};
}

// What one decoder has.
struct Hevc {
  de265_decoder_context* context = nullptr;
  HevcBuffers buffers;
  int pictures = 0;
};

const char* PluginName() { return "libde265, without threads"; }

int DoesSupport(heif_compression_format format) {
  return format == heif_compression_HEVC ? kPriority : 0;
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
  return kOk;
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
    if (left.size() < kLengthBytes) return Broken("a unit is cut off");
    const uint32_t length = uint32_t{left[0]} << 24 | uint32_t{left[1]} << 16 |
                            uint32_t{left[2]} << 8 | left[3];
    left = left.subspan(kLengthBytes);
    if (length > left.size()) return Broken("a unit is cut off");
    if (BeginsPicture(left.first(length)) && ++hevc->pictures > 1) {
      return Broken("the stream has more than one picture");
    }
    const de265_error error = de265_push_NAL(
        hevc->context, left.data(), static_cast<int>(length), 0, nullptr);
    if (error != DE265_OK) return Broken(de265_get_error_text(error));
    left = left.subspan(length);
  }
  return kOk;
}

// The first picture there is; null: none.
const de265_image* Decode(de265_decoder_context* context, heif_error* error) {
  *error = Broken("the stream has no picture");
  de265_flush_data(context);
  const de265_image* image = nullptr;
  int more = 1;
  while (image == nullptr && more != 0) {
    more = 0;
    const de265_error decoded = de265_decode(context, &more);
    if (decoded == DE265_ERROR_OUT_OF_MEMORY) {
      *error = NoMemory();
      return nullptr;
    }
    if (decoded != DE265_OK) {
      *error = Broken(de265_get_error_text(decoded));
      return nullptr;
    }
    image = de265_peek_next_picture(context);
  }
  // What libde265 warns of are pictures that it made up where they are broken.
  const de265_error warning = de265_get_warning(context);
  if (warning != DE265_OK) {
    *error = Broken(de265_get_error_text(warning));
    return nullptr;
  }
  return image;
}

// Samples are of one byte or of two.
size_t SampleBytes(int bits) { return bits > 8 ? 2 : 1; }

heif_error CopyPlane(const de265_image* from, int plane, heif_channel channel,
                     heif_image* to) {
  const int width = de265_get_image_width(from, plane);
  const int height = de265_get_image_height(from, plane);
  const int bits = de265_get_bits_per_pixel(from, plane);
  if (width <= 0 || height <= 0) return Broken("the picture is empty");
  if (bits != de265_get_bits_per_pixel(from, 0)) {
    return Broken("its planes differ in their bits");
  }
  const heif_error added =
      heif_image_add_plane(to, channel, width, height, bits);
  if (added.code != heif_error_Ok) return added;
  int from_stride = 0;
  int to_stride = 0;
  const uint8_t* source = de265_get_image_plane(from, plane, &from_stride);
  uint8_t* target = heif_image_get_plane(to, channel, &to_stride);
  if (source == nullptr || target == nullptr) return NoMemory();
  const size_t row = static_cast<size_t>(width) * SampleBytes(bits);
  for (int y = 0; y < height; ++y) {
    memcpy(target, source, row);
    source += from_stride;
    target += to_stride;
  }
  return kOk;
}

heif_error CopyColours(const de265_image* from, heif_image* to) {
  heif_color_profile_nclx* const colours = heif_nclx_color_profile_alloc();
  if (colours == nullptr) return NoMemory();
  heif_error error = heif_nclx_color_profile_set_color_primaries(
      colours, static_cast<uint16_t>(de265_get_image_colour_primaries(from)));
  if (error.code == heif_error_Ok) {
    error = heif_nclx_color_profile_set_transfer_characteristics(
        colours,
        static_cast<uint16_t>(de265_get_image_transfer_characteristics(from)));
  }
  if (error.code == heif_error_Ok) {
    error = heif_nclx_color_profile_set_matrix_coefficients(
        colours,
        static_cast<uint16_t>(de265_get_image_matrix_coefficients(from)));
  }
  colours->full_range_flag = de265_get_image_full_range_flag(from) != 0;
  if (error.code == heif_error_Ok) {
    error = heif_image_set_nclx_color_profile(to, colours);
  }
  heif_nclx_color_profile_free(colours);
  return error;
}

struct Release {
  void operator()(heif_image* image) const { heif_image_release(image); }
};

heif_error DecodeImage(void* decoder, heif_image** out) {
  *out = nullptr;
  heif_error error;
  const de265_image* const image =
      Decode(static_cast<Hevc*>(decoder)->context, &error);
  if (image == nullptr) return error;
  if (de265_get_image_width(image, 0) <= 0 ||
      de265_get_image_height(image, 0) <= 0) {
    return Broken("the picture is empty");
  }
  const de265_chroma chroma = de265_get_chroma_format(image);
  const bool is_grey = chroma == de265_chroma_mono;
  heif_image* made = nullptr;
  error = heif_image_create(
      de265_get_image_width(image, 0), de265_get_image_height(image, 0),
      is_grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
      static_cast<heif_chroma>(chroma), &made);
  if (error.code != heif_error_Ok) return error;
  std::unique_ptr<heif_image, Release> result(made);
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb,
                                        heif_channel_Cr};
  for (int plane = 0; plane < (is_grey ? 1 : kPlanes); ++plane) {
    error = CopyPlane(image, plane, kChannels[plane], made);
    if (error.code != heif_error_Ok) return error;
  }
  error = CopyColours(image, made);
  if (error.code != heif_error_Ok) return error;
  *out = result.release();
  return kOk;
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
