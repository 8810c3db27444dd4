// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_
#define CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/jailrun/run_record.h"
#include "tools/jailrun/speculation.h"

namespace cellblock {

// What is known of a run's layers when it has ended.
struct PostureFacts {
  bool confined = true;  // false: run for comparison
  bool locked = false;   // as seen from outside
  std::string preset;
  size_t filter_length = 0;
  HandOver hand_over = HandOver::kFetched;
  int unheard_error = 0;  // why nobody could listen; 0: somebody did
  Hardening hardening;
  size_t opened_descriptors = 0;  // by the loader or a constructor
  SpeculationLayer speculation = {};
  size_t variables = 0;                  // of the program's environment
  std::string landlock_missing;          // why there is none; empty iff entered
  std::vector<std::string> named_paths;  // by the program's arguments
};

// Every layer, in force or not, with what it does or why it is not there.
std::vector<Layer> Posture(const PostureFacts& facts, const Options& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POSTURE_H_
