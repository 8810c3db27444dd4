// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/decode_cases.h"

#include "examples/common/image.h"
#include "examples/png/png_decoder.h"

namespace cellblock {
namespace {

using Bytes = std::span<const uint8_t>;
using examples::Sink;

constexpr examples::ImageLimits kImage = {.pixels = uint64_t{1} << 30};

constexpr DecodeCase kCases[kDecodeCases] = {
    {"png", [](Bytes file,
               Sink& sink) { return examples::DecodePng(file, kImage, sink); }},
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
