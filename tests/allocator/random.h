// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_RANDOM_H_
#define CELLBLOCK_TESTS_ALLOCATOR_RANDOM_H_

#include <cstdint>

#include "tests/seed.h"  // IWYU pragma: export

namespace cellblock {

// The generator of the ancestors' workload: a 64-bit linear congruence of
// which the upper 31 bits are given out.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return state_ >> 33;
  }

  uint32_t Below(uint32_t limit) {
    return static_cast<uint32_t>(Next() % limit);
  }

  bool OneIn(uint32_t times) { return Below(times) == 0; }

  // Every magnitude up to 2^bits is as likely as every other; at least 1.
  uint32_t LogUniform(uint32_t bits) {
    const uint32_t magnitude = 1u << Below(bits);
    return magnitude + Below(magnitude);
  }

 private:
  uint64_t state_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_RANDOM_H_
