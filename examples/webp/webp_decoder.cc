// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/webp/webp_decoder.h"

#include <webp/decode.h>

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace examples {
namespace {

struct Free {
  void operator()(uint8_t* bytes) const { free(bytes); }
};

absl::Status StatusOf(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OK:
      return absl::OkStatus();
    case VP8_STATUS_OUT_OF_MEMORY:
      return absl::ResourceExhaustedError("libwebp got no memory");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return absl::InvalidArgumentError("the file ends too early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return absl::InvalidArgumentError("it has what libwebp cannot decode");
    default:
      return absl::InvalidArgumentError("the bitstream is broken");
  }
}

// Puts all rows into `pixels`.
absl::Status Decode(std::span<const uint8_t> file, const ImageSize& size,
                    std::span<uint8_t> pixels) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) {
    return absl::InternalError("libwebp is not the one this was compiled for");
  }
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.data();
  config.output.u.RGBA.size = pixels.size();
  config.output.u.RGBA.stride = static_cast<int>(size.width * kPixelBytes);
  const VP8StatusCode code = WebPDecode(file.data(), file.size(), &config);
  WebPFreeDecBuffer(&config.output);
  return StatusOf(code);
}

}  // namespace

absl::Status DecodeWebp(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink) {
  WebPBitstreamFeatures features;
  const VP8StatusCode code =
      WebPGetFeatures(file.data(), file.size(), &features);
  if (code != VP8_STATUS_OK) return StatusOf(code);
  if (features.has_animation != 0) {
    return absl::InvalidArgumentError("the picture is animated");
  }
  const ImageSize size = {static_cast<uint32_t>(features.width),
                          static_cast<uint32_t>(features.height)};
  const absl::Status begun = BeginImage(size, limits, sink);
  if (!begun.ok()) return begun;
  const size_t bytes = size_t{size.width} * size.height * kPixelBytes;
  if (sink.Room().size() >= bytes) {
    const absl::Status decoded = Decode(file, size, sink.Room().first(bytes));
    if (decoded.ok()) sink.Commit(bytes);
    return decoded;
  }
  // libwebp writes every byte of it, or fails.
  const std::unique_ptr<uint8_t[], Free> pixels(
      static_cast<uint8_t*>(malloc(bytes)));
  if (pixels == nullptr) {
    return absl::ResourceExhaustedError("there is no memory for the pixels");
  }
  const absl::Status decoded = Decode(file, size, {pixels.get(), bytes});
  if (decoded.ok()) sink.Write({pixels.get(), bytes});
  return decoded;
}

}  // namespace examples
