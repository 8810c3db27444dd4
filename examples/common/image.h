// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_IMAGE_H_
#define CELLBLOCK_EXAMPLES_COMMON_IMAGE_H_

// What every image decoder of the examples makes: its size, and four bytes a
// pixel. In bytes: width and height (32 bits each, the lowest first), and then
// the rows from the top, each pixel as red, green, blue, alpha (255: opaque,
// colours not multiplied with it).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/common/sink.h"

namespace examples {

inline constexpr size_t kImageHeaderBytes = 8;
inline constexpr size_t kPixelBytes = 4;

struct ImageSize {
  uint32_t width = 0;
  uint32_t height = 0;
};

// What a decoder refuses before it allocates for it.
struct ImageLimits {
  uint64_t pixels = 64'000'000;
};

// Puts the size into `sink`, where the rows are to follow.
// Errors: INVALID_ARGUMENT iff there is no pixel; RESOURCE_EXHAUSTED iff there
// are more than `limits` has.
absl::Status BeginImage(const ImageSize& size, const ImageLimits& limits,
                        Sink& sink);

// Takes rows from a decoder and passes them on; without a copy where the sink
// has room for one.
class ImageRows {
 public:
  ImageRows(const ImageSize& size, Sink& sink)
      : row_bytes_(size.width * kPixelBytes), sink_(sink) {}

  // Where the next row goes: row_bytes() of them.
  uint8_t* Next();
  void Done();  // it is there

  size_t row_bytes() const { return row_bytes_; }

 private:
  const size_t row_bytes_;
  Sink& sink_;
  std::vector<uint8_t> own_;  // where the sink's room is too small
  bool is_own_ = false;
};

// Of an image's first bytes. It may be any.
ImageSize SizeOf(std::span<const uint8_t, kImageHeaderBytes> header);

// Borrows.
struct ImageView {
  ImageSize size;
  std::span<const uint8_t> pixels;
};

// Believes `bytes` nothing. Errors: INVALID_ARGUMENT iff they are no image.
absl::StatusOr<ImageView> ToImage(std::span<const uint8_t> bytes);

// "480 x 320, crc32 0x1a2b3c4d", of the pixels.
absl::StatusOr<std::string> DescribeImage(std::span<const uint8_t> bytes);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_IMAGE_H_
