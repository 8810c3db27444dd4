// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/jailed_run.h"

#include <stdio.h>
#include <zlib.h>

#include <optional>

namespace examples {

using cellblock::CallEnd;
using cellblock::CallFailure;
using cellblock::Jail;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {

// How long this thread has waited for a CPU, so far: on a busy machine that is
// no time of the jail's. 0 iff the kernel does not count it.
nanoseconds Starved() {
  unsigned long long ran = 0;
  unsigned long long waited = 0;
  FILE* const file = fopen("/proc/thread-self/schedstat", "re");
  if (file == nullptr) return nanoseconds(0);
  const int found = fscanf(file, "%llu %llu", &ran, &waited);
  fclose(file);
  return nanoseconds(found == 2 ? waited : 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<JailedRun>> JailedRun::Create(
    const Subject& subject, uint64_t pool_bytes, milliseconds deadline) {
  auto jail = Jail::Create({.pool_bytes = pool_bytes,
                            .freshness = cellblock::Freshness::kForkPerCall,
                            .deadline = deadline,
                            .output_limit = 2 * kMostOutputBytes},
                           subject.name);
  if (!jail.ok()) return jail.status();
  return std::unique_ptr<JailedRun>(
      new JailedRun(pool_bytes, deadline, *std::move(jail)));
}

Outcome JailedRun::Decode(std::span<const uint8_t> input) {
  const nanoseconds starved = Starved();
  const auto begin = steady_clock::now();
  status_ = jail_->CallInto(input, &output_);
  const auto took = steady_clock::now() - begin;
  const auto had = took - (Starved() - starved);
  outcome_ = {};
  complaint_.clear();
  outcome_.microseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<microseconds>(took).count());
  if (had > deadline_ + kGrace) complaint_ = "it took longer than it may";
  if (status_.ok()) {
    const std::span<const uint8_t> bytes = output_.UnsafeUnvalidated();
    outcome_.ended = Ended::kClean;
    outcome_.bytes = bytes.size();
    outcome_.crc =
        static_cast<uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
    return outcome_;
  }
  const std::optional<CallFailure> failure = cellblock::FailureOf(status_);
  if (failure) {
    Complain(*failure);
  } else {
    outcome_.ended = Ended::kOtherwise;
    complaint_ = "its status is no call's";
  }
  return outcome_;
}

void JailedRun::Complain(const CallFailure& failure) {
  switch (failure.end) {
    case CallEnd::kRefused:
      outcome_.ended = Ended::kRefused;
      outcome_.code = failure.code;
      return;
    case CallEnd::kExhausted:
      outcome_.ended = Ended::kExhausted;
      // What it asked for cannot have been there.
      if (failure.pool != pool_bytes_ || failure.short_by == 0 ||
          failure.asked <= failure.largest_free ||
          failure.in_use > failure.peak || failure.peak > failure.pool) {
        complaint_ = "the figures cannot be right: " + status_.ToString();
      }
      return;
    case CallEnd::kDeadline:
      outcome_.ended = Ended::kLate;
      return;
    case CallEnd::kCrashed:
      outcome_.ended = Ended::kCrashed;
      outcome_.code = failure.signal;
      return;
    case CallEnd::kClean:
    case CallEnd::kViolation:
    case CallEnd::kCpuLimit:
    case CallEnd::kOutputLimit:
    case CallEnd::kExited:
    case CallEnd::kLied:
    case CallEnd::kNoWorker:
    case CallEnd::kMisuse:
      outcome_.ended = Ended::kOtherwise;
      complaint_ = "no input can end so: " + status_.ToString();
      return;
  }
}

std::string JailedRun::Difference(const Outcome& other) const {
  const auto differs = [&](const std::string& what) {
    return what +
           "; in a jail: " + kEndedNames[static_cast<int>(outcome_.ended)] +
           " " + status_.ToString() +
           "; without one: " + kEndedNames[static_cast<int>(other.ended)] +
           " " + std::to_string(other.code) + " " + other.words;
  };
  const uint64_t half =
      static_cast<uint64_t>(microseconds(deadline_).count()) / 2;
  // Whichever is late, the other cannot have been quick.
  if (outcome_.ended == Ended::kLate || other.ended == Ended::kLate) {
    const bool are_slow =
        (outcome_.ended == Ended::kLate || outcome_.microseconds > half) &&
        (other.ended == Ended::kLate || other.microseconds > half);
    return are_slow ? "" : differs("one is late");
  }
  if (outcome_.ended != other.ended) return differs("they end differently");
  if (outcome_.code != other.code) return differs("their codes differ");
  if (outcome_.ended == Ended::kClean &&
      (outcome_.bytes != other.bytes || outcome_.crc != other.crc)) {
    return differs("their bytes differ");
  }
  if (outcome_.ended == Ended::kRefused) {
    CallFailure failure = cellblock::FailureOf(status_).value_or(CallFailure());
    if (status_.message() !=
        cellblock::ToStatus(failure, other.words).message()) {
      return differs("their words differ");
    }
  }
  return {};
}

}  // namespace examples
