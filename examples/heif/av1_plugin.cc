// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/av1_plugin.h"

#include <dav1d/dav1d.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "examples/heif/av1_buffers.h"
#include "examples/heif/plugin.h"
#include "examples/heif/stream_limit.h"

namespace examples {
namespace {

// What one decoder has.
struct Av1 {
  Av1() = default;
  ~Av1() { dav1d_close(&context); }
  Av1(const Av1&) = delete;
  Av1& operator=(const Av1&) = delete;

  Av1Buffers buffers;
  std::vector<uint8_t> stream;
  Dav1dContext* context = nullptr;
};

heif_error ToError(int result) {
  switch (result) {
    case DAV1D_ERR(ENOMEM):
      return PluginNoMemory("libdav1d got no memory");
    case DAV1D_ERR(ERANGE):
      return PluginTooLarge();
    case DAV1D_ERR(E2BIG):
      return PluginBroken("the stream has more than one picture");
    case DAV1D_ERR(EAGAIN):
      return PluginBroken("the stream has no picture");
    default:
      return PluginBroken("libdav1d cannot decode the stream");
  }
}

heif_error Open(Av1* av1, uint64_t pixels) {
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;  // the finest alone
  settings.frame_size_limit = static_cast<unsigned>(
      std::min<uint64_t>(pixels, std::numeric_limits<unsigned>::max()));
  settings.allocator = av1->buffers.allocator();
  settings.logger = {};
  const int result = dav1d_open(&av1->context, &settings);
  return result == 0 ? kPluginOk : ToError(result);
}

const char* PluginName() { return "libdav1d, without threads"; }

int DoesSupport(heif_compression_format format) {
  return format == heif_compression_AV1 ? kPluginPriority : 0;
}

heif_error NewDecoder(void** decoder) {
  // For libdav1d none is no limit.
  if (StreamLimit::Pixels() == 0) return PluginTooLarge();
  auto av1 = std::make_unique<Av1>();
  const heif_error error = Open(av1.get(), StreamLimit::Pixels());
  if (error.code == heif_error_Ok) *decoder = av1.release();
  return error;
}

void FreeDecoder(void* decoder) { delete static_cast<Av1*>(decoder); }

heif_error PushData(void* decoder, const void* data, size_t size) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  std::vector<uint8_t>& stream = static_cast<Av1*>(decoder)->stream;
  stream.insert(stream.end(), bytes, bytes + size);
  return kPluginOk;
}

// One reference to a picture, or none.
struct Reference {
  Reference() = default;
  ~Reference() { dav1d_picture_unref(&picture); }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

  Dav1dPicture picture = {};
};

// The first picture there is. What follows it is not decoded.
int Decode(Av1* av1, Dav1dPicture* picture) {
  if (av1->stream.empty()) return DAV1D_ERR(EAGAIN);
  Dav1dData data = {};
  int result = dav1d_data_wrap(
      &data, av1->stream.data(), av1->stream.size(),
      [](const uint8_t*, void*) {}, nullptr);
  if (result != 0) return result;
  result = dav1d_send_data(av1->context, &data);
  dav1d_data_unref(&data);
  if (result != 0) return result;
  return dav1d_get_picture(av1->context, picture);
}

heif_chroma ChromaOf(Dav1dPixelLayout layout) {
  switch (layout) {
    case DAV1D_PIXEL_LAYOUT_I400:
      return heif_chroma_monochrome;
    case DAV1D_PIXEL_LAYOUT_I420:
      return heif_chroma_420;
    case DAV1D_PIXEL_LAYOUT_I422:
      return heif_chroma_422;
    case DAV1D_PIXEL_LAYOUT_I444:
      return heif_chroma_444;
  }
  return heif_chroma_undefined;
}

StreamPicture::Plane PlaneOf(const Dav1dPicture& picture, int plane) {
  const Dav1dPictureParameters& form = picture.p;
  const bool is_chroma = plane > 0;
  const bool is_narrow = is_chroma && form.layout != DAV1D_PIXEL_LAYOUT_I444;
  const bool is_low = is_chroma && form.layout == DAV1D_PIXEL_LAYOUT_I420;
  return {picture.data[plane], picture.stride[is_chroma ? 1 : 0],
          is_narrow ? (form.w + 1) / 2 : form.w,
          is_low ? (form.h + 1) / 2 : form.h, form.bpc};
}

heif_error DecodeImage(void* decoder, heif_image** out) {
  *out = nullptr;
  Reference decoded;
  const int result = Decode(static_cast<Av1*>(decoder), &decoded.picture);
  if (result != 0) return ToError(result);
  const Dav1dPicture& picture = decoded.picture;
  StreamPicture copied;
  copied.chroma = ChromaOf(picture.p.layout);
  for (int plane = 0; plane < StreamPicture::kPlanes; ++plane) {
    copied.planes[plane] = PlaneOf(picture, plane);
  }
  copied.colours = {picture.seq_hdr->pri, picture.seq_hdr->trc,
                    picture.seq_hdr->mtrx, picture.seq_hdr->color_range != 0};
  return ToHeifImage(copied, out);
}

void SetStrict(void*, int) {}  // it is

}  // namespace

const heif_decoder_plugin kAv1Plugin = {
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
    .id_name = "cellblock-av1",
};

void PrepareAv1() {
  Av1 av1;
  static_cast<void>(Open(&av1, 1));
}

}  // namespace examples
