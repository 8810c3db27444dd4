// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg2000/codestream.h"

#include "absl/status/status.h"

namespace examples {
namespace {

constexpr uint32_t kSignatureBox = 0x6a502020;   // "jP  "
constexpr uint32_t kCodestreamBox = 0x6a703263;  // "jp2c"
constexpr size_t kBoxHeader = 8;
constexpr size_t kLongBoxHeader = 16;
constexpr uint32_t kStartAndSize = 0xff4fff51;  // the markers SOC and SIZ
constexpr size_t kFieldsOfSize = 42;            // as far as they are read here

uint32_t Get16(std::span<const uint8_t> at) {
  return uint32_t{at[0]} << 8 | at[1];
}

uint32_t Get32(std::span<const uint8_t> at) {
  return Get16(at) << 16 | Get16(at.subspan(2));
}

// The codestream's box and what follows it; empty: there is none.
std::span<const uint8_t> FindBox(std::span<const uint8_t> file) {
  while (file.size() >= kBoxHeader) {
    uint64_t length = Get32(file);
    size_t header = kBoxHeader;
    if (length == 1) {
      if (file.size() < kLongBoxHeader) return {};
      length = uint64_t{Get32(file.subspan(8))} << 32 | Get32(file.subspan(12));
      header = kLongBoxHeader;
    }
    if (Get32(file.subspan(4)) == kCodestreamBox) return file.subspan(header);
    // The last box may say 0: the rest of the file.
    if (length < header || length > file.size()) return {};
    file = file.subspan(length);
  }
  return {};
}

uint64_t CountOf(uint32_t from, uint32_t to, uint32_t step) {
  return (uint64_t{to} - from + step - 1) / step;
}

}  // namespace

absl::StatusOr<Codestream> ReadCodestream(std::span<const uint8_t> file) {
  Codestream found;
  found.is_boxed =
      file.size() >= kBoxHeader && Get32(file.subspan(4)) == kSignatureBox;
  const std::span<const uint8_t> stream = found.is_boxed ? FindBox(file) : file;
  if (stream.size() < kFieldsOfSize || Get32(stream) != kStartAndSize) {
    return absl::InvalidArgumentError("there is no codestream");
  }
  const uint32_t right = Get32(stream.subspan(8));
  const uint32_t bottom = Get32(stream.subspan(12));
  const uint32_t left = Get32(stream.subspan(16));
  const uint32_t top = Get32(stream.subspan(20));
  const uint32_t tile_width = Get32(stream.subspan(24));
  const uint32_t tile_height = Get32(stream.subspan(28));
  const uint32_t tiles_left = Get32(stream.subspan(32));
  const uint32_t tiles_top = Get32(stream.subspan(36));
  if (left >= right || top >= bottom || right > INT32_MAX ||
      bottom > INT32_MAX || tile_width == 0 || tile_height == 0 ||
      tiles_left > left || tiles_top > top) {
    return absl::InvalidArgumentError("the size of the picture is none");
  }
  found.size = {right - left, bottom - top};
  found.components = Get16(stream.subspan(40));
  found.tiles = CountOf(tiles_left, right, tile_width) *
                CountOf(tiles_top, bottom, tile_height);
  return found;
}

}  // namespace examples
