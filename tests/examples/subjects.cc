// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/subjects.h"

#include <vector>

#include "examples/brotli/brotli_decoder.h"
#include "examples/common/call_sink.h"
#include "examples/common/image.h"
#include "examples/common/stream.h"
#include "examples/expat/expat_decoder.h"
#include "examples/png/png_decoder.h"
#include "examples/xz/xz_decoder.h"
#include "examples/zlib/zlib_decoder.h"
#include "examples/zstd/zstd_decoder.h"
#include "tests/examples/seeds.h"

namespace examples {
namespace {

constexpr ImageLimits kPixels = {.pixels = kMostPixels};
constexpr StreamLimits kBytes = {.output_bytes = kMostOutputBytes,
                                 .window_bytes = 16 << 20};
constexpr XmlLimits kXml = {.output_bytes = kMostOutputBytes};

template <const auto& decode, const auto& limits>
absl::Status Limited(std::span<const uint8_t> file, Sink& sink) {
  return decode(file, limits, sink);
}

template <const auto& decode, const auto& limits>
absl::Status InJail(cellblock::JailedCall& call) {
  CallSink sink(call);
  return decode(call.input(), limits, sink);
}

struct Files {
  std::vector<Bytes> (*seeds)();
  Mend* mend = nullptr;
};

template <const auto& decode, const auto& limits>
Subject Row(const char* name, const Files& files, uint64_t pool_bytes,
            absl::Status (*prepare)() = nullptr) {
  return {name,        Limited<decode, limits>,
          {name, InJail<decode, limits>, prepare},
          files.seeds, files.mend,
          pool_bytes};
}

}  // namespace

std::span<const Subject> Subjects() {
  static const Subject subjects[] = {
      Row<DecodePng, kPixels>("png", {PngSeeds, MendPng}, 1 << 20),
      Row<DecodeZlib, kBytes>("zlib", {ZlibSeeds}, 1 << 20),
      Row<DecodeBrotli, kBytes>("brotli", {BrotliSeeds}, 1 << 20),
      Row<DecodeZstd, kBytes>("zstd", {ZstdSeeds}, 1 << 20),
      Row<DecodeXz, kBytes>("xz", {XzSeeds}, 1 << 20),
      Row<DecodeXml, kXml>("expat", {XmlSeeds}, 1 << 20, PrepareXml),
  };
  return subjects;
}

}  // namespace examples
