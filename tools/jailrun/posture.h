// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_
#define CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// What is known of a run's layers when it has ended.
struct PostureFacts {
  bool confined = true;  // false: run for comparison
  bool locked = false;   // as seen from outside
  std::string preset;
  size_t filter_length = 0;
  Canary canary = Canary::kNone;
  HandOver hand_over = HandOver::kFetched;
  OnViolation on_violation = OnViolation::kKill;
  int unheard_error = 0;  // why nobody could listen; 0: somebody did
  Hardening hardening;
  std::string landlock_missing;  // why there is none; empty iff entered
  // What may be read and written, beside what always may be read.
  std::vector<std::string> named_paths;  // by the program's arguments
  std::vector<std::string> readable;     // --ro
  std::vector<std::string> writable;     // --rw
};

// Every layer, in force or not, with what it does or why it is not there.
std::vector<Layer> Posture(const PostureFacts& facts);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_
