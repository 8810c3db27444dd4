// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_WORKLOAD_H_
#define CELLBLOCK_TESTS_BENCHMARK_WORKLOAD_H_

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cellblock {

// xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
class Shuffle {
 public:
  explicit Shuffle(uint64_t seed) : state_(seed * 2 + 1) {}

  uint64_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  size_t Below(size_t limit) { return Next() % limit; }

  // Every magnitude between the two is as likely as every other.
  size_t LogUniform(size_t low, size_t high) {
    const double place = static_cast<double>(Next() >> 11) * 0x1p-53;
    const double ratio = static_cast<double>(high) / static_cast<double>(low);
    return static_cast<size_t>(static_cast<double>(low) *
                               std::pow(ratio, place));
  }

 private:
  uint64_t state_;
};

class Stopwatch {
 public:
  double Nanoseconds() const {
    const std::chrono::duration<double, std::nano> taken =
        std::chrono::steady_clock::now() - start_;
    return taken.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
};

inline double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2,
                   values.end());
  return values[values.size() / 2];
}

inline double Least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

// Keeps the compiler from knowing what becomes of a value.
template <typename T>
void Keep(const T& value) {
  asm volatile("" : : "g"(value) : "memory");
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_WORKLOAD_H_
