// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/schedule.h"

#include <algorithm>

namespace cellblock {

std::optional<Attempt> Schedule::Start(Clock::time_point now) {
  const auto due =
      std::find_if(paused_.begin(), paused_.end(), [&](const Paused& paused) {
        return paused.until <= now && MayUse(paused.attempt.tier);
      });
  Attempt attempt;
  if (due != paused_.end()) {
    attempt = due->attempt;
    paused_.erase(due);
  } else if (!exhausted_.empty() && MayUse(PoolTier::kLarger)) {
    attempt = exhausted_.front();
    exhausted_.pop_front();
  } else if (!fresh_.empty()) {
    attempt.input = fresh_.front();
    fresh_.pop_front();
  } else {
    return {};
  }
  if (attempt.tier == PoolTier::kLarger) larger_in_use_ = true;
  ++running_;
  return attempt;
}

Schedule::Next Schedule::Ended(const Attempt& attempt,
                               VerdictClass verdict_class, bool permanent,
                               Clock::time_point now) {
  --running_;
  if (attempt.tier == PoolTier::kLarger) larger_in_use_ = false;
  Attempt again = attempt;
  ++again.number;
  if (verdict_class == VerdictClass::kExhausted && rules_.larger_pool &&
      attempt.tier == PoolTier::kUsual) {
    again.tier = PoolTier::kLarger;
    exhausted_.push_back(again);
    return Next::kLargerPool;
  }
  if (permanent || attempt.retries >= rules_.most_retries) return Next::kFinal;
  ++again.retries;
  paused_.push_back({again, now + rules_.first_pause * (1 << attempt.retries)});
  return Next::kRetry;
}

void Schedule::PutBack(const Attempt& attempt, Clock::time_point now) {
  --running_;
  if (attempt.tier == PoolTier::kLarger) larger_in_use_ = false;
  paused_.push_back({attempt, now});
}

std::optional<Schedule::Clock::time_point> Schedule::Due() const {
  std::optional<Clock::time_point> due;
  for (const Paused& paused : paused_) {
    if (!MayUse(paused.attempt.tier)) continue;
    if (!due || paused.until < *due) due = paused.until;
  }
  return due;
}

}  // namespace cellblock
