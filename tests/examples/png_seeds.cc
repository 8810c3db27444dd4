// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "tests/examples/pictures.h"
#include "tests/examples/png_packer.h"
#include "tests/examples/seeds.h"

namespace examples {
namespace {

constexpr size_t kSignatureBytes = 8;
constexpr size_t kLengthBytes = 4;
constexpr size_t kTypeBytes = 4;
constexpr size_t kSumBytes = 4;

uint32_t Get32(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 |
         at[3];
}

void Put32(uint32_t value, uint8_t* to) {
  for (int i = 0; i < 4; ++i)
    to[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

std::vector<Bytes> PngSeeds() {
  return {
      PackPng(SomePicture(24, 17)),
      PackPng(SomePicture(24, 17),
              {.kind = PngKind::kRgb, .is_interlaced = true}),
      PackPng(SomePicture(64, 40), {.kind = PngKind::kGray}),
      PackPng(SomePicture(9, 9), {.kind = PngKind::kRgb16}),
      PackPng(SomePicture(33, 20), {.kind = PngKind::kPalette}),
      PackPng(SomePicture(33, 20),
              {.kind = PngKind::kPalette, .is_interlaced = true}),
      PackPng(SomePicture(40, 3), {.kind = PngKind::kBits}),
  };
}

void MendPng(Bytes* file) {
  size_t at = kSignatureBytes;
  while (at + kLengthBytes + kTypeBytes + kSumBytes <= file->size()) {
    const size_t left =
        file->size() - at - kLengthBytes - kTypeBytes - kSumBytes;
    const size_t length = Get32(file->data() + at);
    if (length > left) return;
    uint8_t* const type = file->data() + at + kLengthBytes;
    Put32(static_cast<uint32_t>(crc32_z(0, type, kTypeBytes + length)),
          type + kTypeBytes + length);
    at += kLengthBytes + kTypeBytes + length + kSumBytes;
  }
}

}  // namespace examples
