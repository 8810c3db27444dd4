// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/subjects.h"

#include <vector>

#include "examples/brotli/brotli_decoder.h"
#include "examples/bzip2/bzip2_decoder.h"
#include "examples/common/image.h"
#include "examples/common/stream.h"
#include "examples/expat/expat_decoder.h"
#include "examples/gif/gif_decoder.h"
#include "examples/heif/heif_decoder.h"
#include "examples/jpeg/jpeg_decoder.h"
#include "examples/jpeg2000/jpeg2000_decoder.h"
#include "examples/png/png_decoder.h"
#include "examples/tiff/tiff_decoder.h"
#include "examples/webp/webp_decoder.h"
#include "examples/xz/xz_decoder.h"
#include "examples/zlib/zlib_decoder.h"
#include "examples/zstd/zstd_decoder.h"
#include "tests/examples/limited_in_jail.h"
#include "tests/examples/seeds.h"

namespace examples {
namespace {

constexpr ImageLimits kPixels = {.pixels = kMostPixels};
constexpr StreamLimits kBytes = {.output_bytes = kMostOutputBytes,
                                 .window_bytes = 16 << 20};
constexpr Bzip2Limits kBzip2 = {.bytes = kMostOutputBytes};
constexpr XmlLimits kXml = {.output_bytes = kMostOutputBytes};

template <const auto& decode, const auto& limits>
absl::Status Limited(std::span<const uint8_t> file, Sink& sink) {
  return decode(file, limits, sink);
}

struct Files {
  std::vector<Bytes> (*seeds)();
  Mend* mend = nullptr;
};

template <const auto& decode, const auto& limits>
Subject Row(const char* name, const Files& files, uint64_t pool_bytes,
            absl::Status (*prepare)() = nullptr) {
  return {name,
          Limited<decode, limits>,
          {name, LimitedInJail<decode, limits>, prepare},
          files.seeds,
          files.mend,
          pool_bytes};
}

}  // namespace

std::span<const Subject> Subjects() {
  static const Subject subjects[] = {
      Row<DecodePng, kPixels>("png", {PngSeeds, MendPng}, 512 << 10),
      Row<DecodeJpeg, kPixels>("jpeg", {JpegSeeds}, 1 << 20),
      Row<DecodeWebp, kPixels>("webp", {WebpSeeds}, 1 << 20),
      Row<DecodeTiff, kPixels>("tiff", {TiffSeeds}, 1 << 20),
      Row<DecodeGif, kPixels>("gif", {GifSeeds}, 512 << 10),
      Row<DecodeJpeg2000, kPixels>("jpeg2000", {Jpeg2000Seeds}, 2 << 20),
      Row<DecodeHeif, kPixels>("heif", {HeifSeeds}, 8 << 20, PrepareHeif),
      Row<DecodeZlib, kBytes>("zlib", {ZlibSeeds}, 256 << 10),
      Row<DecodeBrotli, kBytes>("brotli", {BrotliSeeds}, 512 << 10),
      Row<DecodeZstd, kBytes>("zstd", {ZstdSeeds}, 640 << 10),
      Row<DecodeXz, kBytes>("xz", {XzSeeds}, 1 << 20),
      Row<DecodeBzip2, kBzip2>("bzip2", {Bzip2Seeds}, 1280 << 10),
      Row<DecodeXml, kXml>("expat", {XmlSeeds}, 512 << 10, PrepareXml),
  };
  return subjects;
}

}  // namespace examples
