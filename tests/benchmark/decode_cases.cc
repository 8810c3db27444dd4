// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/decode_cases.h"

#include "examples/brotli/brotli_decoder.h"
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

namespace cellblock {
namespace {

using Bytes = std::span<const uint8_t>;
using examples::Sink;

// No limit is reached.
template <auto kDecode, typename Limits>
absl::Status Run(Bytes file, Sink& sink) {
  return kDecode(file, Limits{}, sink);
}

template <auto kDecode>
constexpr auto kOfImage = Run<kDecode, examples::ImageLimits>;
template <auto kDecode>
constexpr auto kOfStream = Run<kDecode, examples::StreamLimits>;

constexpr DecodeCase kCases[kDecodeCases] = {
    {"png", kOfImage<examples::DecodePng>},
    {"jpeg", kOfImage<examples::DecodeJpeg>},
    {"webp", kOfImage<examples::DecodeWebp>},
    {"tiff", kOfImage<examples::DecodeTiff>},
    {"gif", kOfImage<examples::DecodeGif>},
    {"jpeg2000", kOfImage<examples::DecodeJpeg2000>},
    {"heif", kOfImage<examples::DecodeHeif>},
    {"zlib", kOfStream<examples::DecodeZlib>},
    {"brotli", kOfStream<examples::DecodeBrotli>},
    {"zstd", kOfStream<examples::DecodeZstd>},
    {"xz", kOfStream<examples::DecodeXz>},
    {"expat", Run<examples::DecodeXml, examples::XmlLimits>},
};

}  // namespace

std::span<const DecodeCase, kDecodeCases> DecodeCases() { return kCases; }

const DecodeCase* FindDecodeCase(std::string_view name) {
  for (const DecodeCase& known : kCases) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace cellblock
