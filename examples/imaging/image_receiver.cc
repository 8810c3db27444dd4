// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/image_receiver.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "jail/call/call_failure.h"

namespace examples::imaging {
namespace {

absl::Status Lied(std::string_view what) {
  return cellblock::ToStatus({.end = cellblock::CallEnd::kLied}, what);
}

}  // namespace

absl::Status ImageReceiver::Take(cellblock::UntrustedView part) {
  size_t at = 0;
  while (at < part.size()) {
    if (field_ == Field::kNothing) {
      return Lied("more bytes came out than the picture has");
    }
    const std::span<uint8_t> to =
        left_.first(std::min(left_.size(), part.size() - at));
    (void)part.CopyTo(at, to);  // it is inside
    at += to.size();
    left_ = left_.subspan(to.size());
    if (!left_.empty()) continue;
    switch (field_) {
      case Field::kHeader: {
        const absl::Status begun = Begin();
        if (!begun.ok()) return begun;
        break;
      }
      case Field::kPixels:
        field_ = Field::kPeak;
        left_ = peak_;
        break;
      case Field::kPeak:
      case Field::kNothing:
        field_ = Field::kNothing;
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status ImageReceiver::Begin() {
  const ImageSize size = SizeOf(header_);
  const uint64_t pixels = uint64_t{size.width} * size.height;
  if (pixels == 0 || pixels > limits_.pixels) {
    return Lied(absl::StrFormat("a picture of %u x %u pixels came out, of %u",
                                size.width, size.height, limits_.pixels));
  }
  image_.size = size;
  image_.pixels.reset(new (std::nothrow) uint8_t[image_.bytes()]);
  if (image_.pixels == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("the host has no memory for %u x %u pixels; lower "
                        "DecoderOptions::limits",
                        size.width, size.height));
  }
  field_ = Field::kPixels;
  left_ = {image_.pixels.get(), image_.bytes()};
  return absl::OkStatus();
}

absl::StatusOr<Image> ImageReceiver::Finish() && {
  if (field_ != Field::kNothing) {
    return Lied("fewer bytes came out than the picture has");
  }
  image_.pool_peak = GetNumber(peak_);
  return std::move(image_);
}

}  // namespace examples::imaging
