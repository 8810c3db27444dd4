// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_TIMELINE_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_TIMELINE_H_

#include <cstdint>

namespace cellblock {

// The pool at one moment. In bytes, but for the time.
struct PoolSample {
  uint64_t ticks = 0;
  uint64_t in_use = 0;
  uint64_t high_water = 0;
  uint64_t largest_free = 0;
};

// Samples of a run of unknown length in a fixed space. They are `interval`
// apart at least; where the space is used up, every second one is dropped and
// the interval doubled, so that they stay evenly thin.
//
// Lifecycle: zero bytes are an empty one.
// Units: ticks, of whatever clock; they do not decrease.
// Threads: none of its own; the caller locks.
struct Timeline {
  static constexpr uint32_t kMost = 480;
  static constexpr uint64_t kFirstInterval = 1 << 15;

  bool Wants(uint64_t ticks) const { return count == 0 || ticks >= next; }

  void Add(const PoolSample& sample) {
    if (interval == 0) interval = kFirstInterval;
    if (count >= kMost) Thin();
    samples[count++] = sample;
    next = sample.ticks + interval;
  }

  void Thin() {
    for (uint32_t i = 1; i < kMost / 2; ++i) samples[i] = samples[2 * i];
    count = kMost / 2;
    interval *= 2;
  }

  uint64_t interval;
  uint64_t next;
  uint32_t count;
  PoolSample samples[kMost];
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_TIMELINE_H_
