// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_RANDOM_H_
#define CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_RANDOM_H_

#include <cstdint>
#include <iterator>

namespace cellblock {

// The numbers of a seed, the same in host and worker.
class HostileRandom {
 public:
  explicit HostileRandom(uint64_t seed) : state_(seed * 2 + 1) {}

  uint64_t Next() {
    // splitmix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t Below(uint64_t limit) { return Next() % limit; }
  bool OneIn(uint64_t number) { return Below(number) == 0; }

  // The edges of numbers, mostly.
  uint64_t Value() {
    constexpr uint64_t kEdges[] = {0,
                                   1,
                                   2,
                                   3,
                                   4095,
                                   4096,
                                   4097,
                                   255,
                                   256,
                                   257,
                                   0x7fffffff,
                                   0x80000000,
                                   0xffffffff,
                                   0xfffffffe,
                                   INT64_MAX,
                                   UINT64_MAX,
                                   UINT64_MAX - 4095,
                                   uint64_t{1} << 32};
    if (OneIn(3)) return Next();
    return kEdges[Below(std::size(kEdges))];
  }

 private:
  uint64_t state_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_RANDOM_H_
