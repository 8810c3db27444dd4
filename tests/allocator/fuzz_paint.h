// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FUZZ_PAINT_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FUZZ_PAINT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cellblock {

inline bool IsAll(const uint8_t* memory, uint8_t value, size_t bytes) {
  return bytes == 0 || (memory[0] == value &&
                        std::memcmp(memory, memory + 1, bytes - 1) == 0);
}

// No two colors have eight bytes in common at any one offset.
inline uint64_t PaintAt(uint64_t color, size_t offset) {
  const uint64_t word = (color << 32 | offset / 8) * 0x9E3779B97F4A7C15u;
  return word ^ word >> 32;
}

inline void Paint(uint8_t* block, size_t bytes, uint64_t color) {
  for (size_t i = 0; i < bytes; i += 8) {
    const uint64_t word = PaintAt(color, i);
    std::memcpy(block + i, &word, std::min<size_t>(8, bytes - i));
  }
}

inline bool IsPainted(const uint8_t* block, size_t bytes, uint64_t color) {
  for (size_t i = 0; i < bytes; i += 8) {
    const uint64_t word = PaintAt(color, i);
    if (std::memcmp(block + i, &word, std::min<size_t>(8, bytes - i)) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FUZZ_PAINT_H_
