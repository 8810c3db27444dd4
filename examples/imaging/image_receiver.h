// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_IMAGE_RECEIVER_H_
#define CELLBLOCK_EXAMPLES_IMAGING_IMAGE_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/common/image.h"
#include "examples/imaging/image.h"
#include "examples/imaging/protocol.h"
#include "jail/call/untrusted.h"

namespace examples::imaging {

// Makes an Image of what a worker sends, part by part, each byte copied once.
// Memory is taken when the size has come and is within the limits.
//
// Errors: as a call that ends with CallEnd::kLied: iff there is no pixel, or
//   more than the limits have, or more or fewer bytes than the size says.
//   RESOURCE_EXHAUSTED, without a CallFailure, iff the host has no memory.
// Ownership: its own. Threads: one.
class ImageReceiver {
 public:
  // Which have at most 2^61 pixels.
  explicit ImageReceiver(const ImageLimits& limits) : limits_(limits) {}

  absl::Status Take(cellblock::UntrustedView part);

  // When the last part has been taken.
  absl::StatusOr<Image> Finish() &&;

 private:
  absl::Status Begin();

  const ImageLimits limits_;
  Image image_;
  uint8_t header_[kImageHeaderBytes];
  uint8_t peak_[kNumberBytes];
  // What the next bytes fill: the header, the pixels, the peak.
  enum class Field : uint8_t { kHeader, kPixels, kPeak, kNothing };
  Field field_ = Field::kHeader;
  std::span<uint8_t> left_ = header_;
};

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_IMAGE_RECEIVER_H_
