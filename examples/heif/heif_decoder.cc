// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/heif_decoder.h"

#include <libheif/heif.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "examples/common/destroy.h"
#include "examples/common/straight_alpha.h"
#include "examples/heif/av1_plugin.h"
#include "examples/heif/hevc_plugin.h"
#include "examples/heif/stream_limit.h"

namespace examples {
namespace {

// libheif's own limit to a picture's width and height.
constexpr uint64_t kMostSide = 32768;

using Context = std::unique_ptr<heif_context, Destroy<heif_context_free>>;
using Handle = std::unique_ptr<const heif_image_handle,
                               Destroy<heif_image_handle_release>>;
using Decoded = std::unique_ptr<const heif_image, Destroy<heif_image_release>>;
using Options =
    std::unique_ptr<heif_decoding_options, Destroy<heif_decoding_options_free>>;

absl::Status StatusOf(const heif_error& error) {
  if (error.code == heif_error_Ok) return absl::OkStatus();
  const absl::string_view text =
      absl::StripTrailingAsciiWhitespace(error.message);
  if (error.code == heif_error_Memory_allocation_error) {
    return absl::ResourceExhaustedError(text);
  }
  return absl::InvalidArgumentError(text);
}

absl::Status NoMemory() {
  return absl::ResourceExhaustedError("libheif got no memory");
}

absl::Status Prepare() {
  heif_error error = heif_init(nullptr);
  for (const heif_decoder_plugin* plugin : {&kHevcPlugin, &kAv1Plugin}) {
    if (error.code != heif_error_Ok) break;
    error = heif_register_decoder_plugin(plugin);
  }
  if (error.code != heif_error_Ok) {
    return absl::FailedPreconditionError(error.message);
  }
  PrepareAv1();
  return absl::OkStatus();
}

// How large the picture is before it is cropped.
absl::Status CheckStored(const heif_image_handle* handle,
                         const ImageLimits& limits) {
  const int width = heif_image_handle_get_ispe_width(handle);
  const int height = heif_image_handle_get_ispe_height(handle);
  if (width > 0 && height > 0 &&
      static_cast<uint64_t>(width) * static_cast<uint64_t>(height) >
          limits.pixels) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "the picture has %d x %d pixels before it is cropped, more than %u",
        width, height, limits.pixels));
  }
  return absl::OkStatus();
}

absl::Status Decode(const heif_image_handle* handle, Decoded* decoded) {
  const Options options(heif_decoding_options_alloc());
  if (options == nullptr) return NoMemory();
  options->convert_hdr_to_8bit = 1;
  options->strict_decoding = 1;
  heif_image* image = nullptr;
  const heif_error error =
      heif_decode_image(handle, &image, heif_colorspace_RGB,
                        heif_chroma_interleaved_RGBA, options.get());
  decoded->reset(image);
  return StatusOf(error);
}

absl::Status PutRows(const heif_image* image, const ImageSize& size,
                     bool is_multiplied, Sink& sink) {
  int stride = 0;
  const uint8_t* row =
      heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  if (row == nullptr ||
      heif_image_get_width(image, heif_channel_interleaved) !=
          static_cast<int>(size.width) ||
      heif_image_get_height(image, heif_channel_interleaved) !=
          static_cast<int>(size.height)) {
    return absl::InvalidArgumentError("the picture has not the size it says");
  }
  ImageRows rows(size, sink);
  for (uint32_t y = 0; y < size.height; ++y, row += stride) {
    uint8_t* const to = rows.Next();
    memcpy(to, row, rows.row_bytes());
    if (is_multiplied) MakeAlphaStraight({to, rows.row_bytes()});
    rows.Done();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareHeif() {
  static const absl::Status prepared = Prepare();
  return prepared;
}

absl::Status DecodeHeif(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink) {
  const absl::Status prepared = PrepareHeif();
  if (!prepared.ok()) return prepared;
  const Context context(heif_context_alloc());
  if (context == nullptr) return NoMemory();
  heif_context_set_max_decoding_threads(context.get(), 0);
  heif_context_set_maximum_image_size_limit(
      context.get(), static_cast<int>(std::min(limits.pixels, kMostSide)));
  absl::Status status = StatusOf(heif_context_read_from_memory_without_copy(
      context.get(), file.data(), file.size(), nullptr));
  if (!status.ok()) return status;
  heif_image_handle* primary = nullptr;
  status =
      StatusOf(heif_context_get_primary_image_handle(context.get(), &primary));
  const Handle handle(primary);
  if (!status.ok()) return status;
  const int width = heif_image_handle_get_width(primary);
  const int height = heif_image_handle_get_height(primary);
  const ImageSize size = {static_cast<uint32_t>(std::max(width, 0)),
                          static_cast<uint32_t>(std::max(height, 0))};
  status = CheckStored(primary, limits);
  if (status.ok()) status = BeginImage(size, limits, sink);
  if (!status.ok()) return status;
  const StreamLimit limit(limits.pixels);
  Decoded decoded;
  status = Decode(primary, &decoded);
  if (!status.ok()) return status;
  return PutRows(decoded.get(), size,
                 heif_image_handle_is_premultiplied_alpha(primary) != 0, sink);
}

}  // namespace examples
