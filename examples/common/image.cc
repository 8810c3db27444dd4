// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/common/image.h"

#include <zlib.h>

#include <string>

#include "absl/strings/str_format.h"

namespace examples {
namespace {

void Put32(uint32_t value, uint8_t* to) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint32_t Get32(const uint8_t* from) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= uint32_t{from[i]} << (8 * i);
  return value;
}

}  // namespace

absl::Status BeginImage(const ImageSize& size, const ImageLimits& limits,
                        Sink& sink) {
  const uint64_t pixels = uint64_t{size.width} * size.height;
  if (pixels == 0) return absl::InvalidArgumentError("the picture is empty");
  if (pixels > limits.pixels) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("the picture has %u x %u pixels, more than %u",
                        size.width, size.height, limits.pixels));
  }
  sink.Expect(kImageHeaderBytes + pixels * kPixelBytes);
  uint8_t header[kImageHeaderBytes];
  Put32(size.width, header);
  Put32(size.height, header + 4);
  sink.Write(header);
  return absl::OkStatus();
}

uint8_t* ImageRows::Next() {
  const std::span<uint8_t> room = sink_.Room();
  is_own_ = room.size() < row_bytes_;
  if (!is_own_) return room.data();
  own_.resize(row_bytes_);
  return own_.data();
}

void ImageRows::Done() {
  if (is_own_) {
    sink_.Write(own_);
  } else {
    sink_.Commit(row_bytes_);
  }
}

ImageSize SizeOf(std::span<const uint8_t, kImageHeaderBytes> header) {
  return {Get32(header.data()), Get32(header.data() + 4)};
}

absl::StatusOr<ImageView> ToImage(std::span<const uint8_t> bytes) {
  if (bytes.size() < kImageHeaderBytes) {
    return absl::InvalidArgumentError("no image came out");
  }
  const ImageSize size = SizeOf(bytes.first<kImageHeaderBytes>());
  const std::span<const uint8_t> pixels = bytes.subspan(kImageHeaderBytes);
  // Each is below 2^32, so that the product has no more than 64 bits.
  const uint64_t count = uint64_t{size.width} * size.height;
  if (count == 0 || count != pixels.size() / kPixelBytes ||
      pixels.size() % kPixelBytes != 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%u bytes came out as a picture of %u x %u pixels",
                        pixels.size(), size.width, size.height));
  }
  return ImageView{size, pixels};
}

absl::StatusOr<std::string> DescribeImage(std::span<const uint8_t> bytes) {
  const absl::StatusOr<ImageView> image = ToImage(bytes);
  if (!image.ok()) return image.status();
  const uLong sum = crc32_z(0, image->pixels.data(), image->pixels.size());
  return absl::StrFormat("%u x %u, crc32 0x%08x", image->size.width,
                         image->size.height, sum);
}

}  // namespace examples
