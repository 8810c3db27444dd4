// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_SEED_H_
#define CELLBLOCK_TESTS_SEED_H_

// What the long runs of tools/soak.sh change in a random test: it finds the
// tests by the call of TestSeed.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace cellblock {

// The seed of a random test: CELLBLOCK_SEED, or 1. Printed, so that a failure
// can be run again.
inline uint64_t TestSeed() {
  const char* const text = std::getenv("CELLBLOCK_SEED");
  const uint64_t seed = text == nullptr ? 1 : std::strtoull(text, nullptr, 0);
  std::printf("CELLBLOCK_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// How many times as long as every day a random test is to run:
// CELLBLOCK_FACTOR, or 1.
inline uint64_t TestFactor() {
  const char* const text = std::getenv("CELLBLOCK_FACTOR");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 0);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_SEED_H_
