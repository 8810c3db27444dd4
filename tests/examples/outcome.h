// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_OUTCOME_H_
#define CELLBLOCK_TESTS_EXAMPLES_OUTCOME_H_

#include <cstdint>

namespace examples {

enum class Ended : uint8_t {
  kNotYet,
  kClean,
  kRefused,    // its own error; an exception has code 0
  kExhausted,  // in a jail: the pool was too small
  kLate,
  kCrashed,
  kOtherwise,  // in a jail: none of these can be
};

inline constexpr const char* kEndedNames[] = {
    "not yet", "clean", "refused", "exhausted", "late", "crashed", "otherwise"};

// How one input ended. Plain memory: it is shared with the process that fills
// it in.
struct Outcome {
  Ended ended = Ended::kNotYet;
  int code = 0;      // kRefused: its code; kCrashed: the signal
  uint32_t crc = 0;  // kClean: of all that came out
  uint64_t bytes = 0;
  uint64_t microseconds = 0;
  int64_t left_behind = 0;  // in malloc, bytes; outside of a jail
  char words[257] = "";     // kRefused: its own, as many as a jail takes
};

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_OUTCOME_H_
