// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_BYTE_SAMPLER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_BYTE_SAMPLER_H_

#include <cstdint>

namespace cellblock {

// Which allocations are looked at: those that contain one of the marks that are
// laid along all bytes ever handed out, `every` bytes apart on average. Each
// mark stands for `every` bytes. So what an allocation counts for is, on
// average, its size. The distance varies between 1 and 2 * every - 1, lest a
// program's rhythm be that of the marks. From `every` bytes on an allocation
// counts for just what it is.
//
// Lifecycle: zero bytes are one that looks at everything; Start.
// Threads: none of its own; the caller locks.
struct ByteSampler {
  void Start(uint64_t every_bytes, uint64_t random) {
    every = every_bytes;
    state = random | 1;
    left = FirstDistance();
  }

  // For how many bytes an allocation of `bytes` counts; 0: it is not looked at.
  uint64_t Weigh(uint64_t bytes) {
    if (bytes >= every) return bytes;
    if (bytes < left) {
      left -= bytes;
      return 0;
    }
    uint64_t marks = 0;
    for (; bytes >= left; ++marks) {
      bytes -= left;
      left = Distance();
    }
    left -= bytes;
    return marks * every;
  }

  // From now on marks are twice as far apart.
  void Thin() {
    every *= 2;
    left = FirstDistance();
  }

  // After Thin: for what an allocation of `bytes` counts that counted for
  // `weight`; 0: for nothing.
  uint64_t WeighAgain(uint64_t bytes, uint64_t weight) {
    if (bytes >= every) return bytes;
    const uint64_t marks = weight / every;
    return (marks + (Random() % every < weight % every ? 1 : 0)) * every;
  }

  uint64_t Distance() { return 1 + Random() % (2 * every - 1); }

  // From anywhere to the next mark: as often short as marks are close there.
  uint64_t FirstDistance() {
    const uint64_t one = Distance();
    const uint64_t other = Distance();
    return one < other ? one : other;
  }

  // xorshift64*, Vigna.
  uint64_t Random() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1Du) >> 16;
  }

  uint64_t every;
  uint64_t left;  // to the next mark
  uint64_t state;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_BYTE_SAMPLER_H_
