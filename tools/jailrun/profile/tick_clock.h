// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_TICK_CLOCK_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_TICK_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace cellblock {

// What the processor's time-stamp counter says in microseconds, by two moments
// at which it was read beside a clock.
struct TickClock {
  using Clock = std::chrono::steady_clock;

  struct Moment {
    uint64_t ticks = 0;
    Clock::time_point time;
  };

  Moment begin;
  Moment end;

  // From `from` to `to`, as far as both lie between the two moments.
  uint64_t MicrosecondsBetween(uint64_t from, uint64_t to) const {
    const uint64_t ticks = end.ticks - begin.ticks;
    if (end.ticks <= begin.ticks) return 0;
    from = std::clamp(from, begin.ticks, end.ticks);
    to = std::clamp(to, from, end.ticks);
    const std::chrono::duration<double, std::micro> length =
        end.time - begin.time;
    return static_cast<uint64_t>(length.count() *
                                 static_cast<double>(to - from) /
                                 static_cast<double>(ticks));
  }
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_TICK_CLOCK_H_
