// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/bomb_decoders.h"

#include <limits>

#include "examples/brotli/brotli_decoder.h"
#include "examples/common/image.h"
#include "examples/common/stream.h"
#include "examples/expat/expat_decoder.h"
#include "examples/jpeg/jpeg_decoder.h"
#include "examples/png/png_decoder.h"
#include "examples/tiff/tiff_decoder.h"
#include "examples/webp/webp_decoder.h"
#include "examples/xz/xz_decoder.h"
#include "examples/zlib/zlib_decoder.h"
#include "examples/zstd/zstd_decoder.h"
#include "tests/examples/limited_in_jail.h"

namespace examples {
namespace {

constexpr uint64_t kAny = std::numeric_limits<uint64_t>::max();
// Not so many that a sum with it does not fit.
constexpr uint64_t kAnyWindow = uint64_t{1} << 40;

constexpr ImageLimits kPixels = {};
constexpr ImageLimits kAnyPixels = {.pixels = kAny};
constexpr StreamLimits kBytes = {.output_bytes = 64 << 20,
                                 .window_bytes = 8 << 20};
constexpr StreamLimits kAnyBytes = {.output_bytes = kAny,
                                    .window_bytes = kAnyWindow};
constexpr XmlLimits kXml = {.output_bytes = 64 << 20};
constexpr XmlLimits kAnyXml = {.output_bytes = kAny,
                               .depth = std::numeric_limits<uint32_t>::max(),
                               .amplification = 1e9,
                               .amplified_bytes = kAny};

constexpr cellblock::Decoder kDecoders[] = {
    {"png", LimitedInJail<DecodePng, kPixels>},
    {"png without limits", LimitedInJail<DecodePng, kAnyPixels>},
    {"jpeg", LimitedInJail<DecodeJpeg, kPixels>},
    {"webp", LimitedInJail<DecodeWebp, kPixels>},
    {"webp without limits", LimitedInJail<DecodeWebp, kAnyPixels>},
    {"tiff", LimitedInJail<DecodeTiff, kPixels>},
    {"tiff without limits", LimitedInJail<DecodeTiff, kAnyPixels>},
    {"zlib", LimitedInJail<DecodeZlib, kBytes>},
    {"zlib without limits", LimitedInJail<DecodeZlib, kAnyBytes>},
    {"brotli", LimitedInJail<DecodeBrotli, kBytes>},
    {"brotli without limits", LimitedInJail<DecodeBrotli, kAnyBytes>},
    {"zstd", LimitedInJail<DecodeZstd, kBytes>},
    {"zstd without limits", LimitedInJail<DecodeZstd, kAnyBytes>},
    {"xz", LimitedInJail<DecodeXz, kBytes>},
    {"xz without limits", LimitedInJail<DecodeXz, kAnyBytes>},
    {"expat", LimitedInJail<DecodeXml, kXml>, PrepareXml},
    {"expat without limits", LimitedInJail<DecodeXml, kAnyXml>, PrepareXml},
};

}  // namespace

std::span<const cellblock::Decoder> BombDecoders() { return kDecoders; }

}  // namespace examples
