// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_SCHEDULE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_SCHEDULE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "jail/verdict.h"

namespace cellblock {

// Which pool a run has.
enum class PoolTier : uint8_t { kUsual, kLarger };

// One run of one input.
struct Attempt {
  size_t input = 0;      // its place in the list
  uint32_t number = 1;   // of all its runs, from 1
  uint32_t retries = 0;  // of them for a verdict that was not permanent
  PoolTier tier = PoolTier::kUsual;
};

// Which inputs run next, and which again. An input runs again iff its verdict
// is not permanent, up to `most_retries` times, each time after twice as long;
// and once with the larger pool, where there is one, if it was exhausted.
//
// Units: times are those of the caller's clock; it is never read here.
// Threads: one. Syscalls: none.
class Schedule {
 public:
  using Clock = std::chrono::steady_clock;

  struct Rules {
    uint32_t most_retries = 2;
    Clock::duration first_pause = std::chrono::milliseconds(100);
    bool larger_pool = false;
  };

  // What becomes of an input after a run.
  enum class Next : uint8_t { kFinal, kRetry, kLargerPool };

  Schedule(std::vector<size_t> inputs, const Rules& rules)
      : rules_(rules), fresh_(inputs.begin(), inputs.end()) {}

  // What is to be started now; empty iff nothing is. One run at a time has the
  // larger pool, so that the memory in use has a bound.
  [[nodiscard]] std::optional<Attempt> Start(Clock::time_point now);

  // Tells of the end of what Start gave.
  Next Ended(const Attempt& attempt, VerdictClass verdict_class, bool permanent,
             Clock::time_point now);

  // The same of one that could not be started for others that run: it is no
  // retry, and comes next.
  void PutBack(const Attempt& attempt, Clock::time_point now);

  // When Start has something again without an end before it; empty iff never.
  [[nodiscard]] std::optional<Clock::time_point> Due() const;

  // Whether every input has its final verdict.
  [[nodiscard]] bool Done() const {
    return running_ == 0 && fresh_.empty() && paused_.empty() &&
           exhausted_.empty();
  }

 private:
  struct Paused {
    Attempt attempt;
    Clock::time_point until;
  };

  bool MayUse(PoolTier tier) const {
    return tier == PoolTier::kUsual || !larger_in_use_;
  }

  const Rules rules_;
  std::deque<size_t> fresh_;
  std::vector<Paused> paused_;
  std::deque<Attempt> exhausted_;  // wait for the larger pool
  size_t running_ = 0;
  bool larger_in_use_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_SCHEDULE_H_
