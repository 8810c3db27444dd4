// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_PROTOCOL_H_
#define CELLBLOCK_EXAMPLES_IMAGING_PROTOCOL_H_

// What host and worker send each other beside the file and its image. Input:
// the most pixels there may be, then the file. Output: the image (see
// examples/common/image.h), then the most that the worker's pool has held.
// Numbers have 64 bits, the lowest first.

#include <cstddef>
#include <cstdint>
#include <span>

namespace examples::imaging {

inline constexpr size_t kNumberBytes = 8;

inline void PutNumber(uint64_t number, std::span<uint8_t, kNumberBytes> to) {
  for (size_t i = 0; i < kNumberBytes; ++i) {
    to[i] = static_cast<uint8_t>(number >> (8 * i));
  }
}

inline uint64_t GetNumber(std::span<const uint8_t, kNumberBytes> from) {
  uint64_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number |= uint64_t{from[i]} << (8 * i);
  }
  return number;
}

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_PROTOCOL_H_
