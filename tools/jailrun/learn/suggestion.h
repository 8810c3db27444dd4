// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_SUGGESTION_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_SUGGESTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/jailrun/learn/learned.h"
#include "tools/jailrun/learn/path_options.h"

namespace cellblock {

// One addition to the preset.
struct Addition {
  std::string allowance;  // as --allow takes it
  std::string call;       // the first that needs it
  std::string cost;       // what the program could do with it
};

// What a run did that no option lets a jailed one do.
struct Obstacle {
  std::string what;
  std::string reason;
};

// Calls that the jail answers with an errno instead of carrying them out.
struct AnsweredCall {
  std::string what = {};
  int error = 0;
  uint64_t count = 0;
  bool carried_out = false;  // at least once, while learning
};

// The tightest way to run the program again. All but `preset` is sorted or in
// the order of the run, and nothing in it can be left out.
struct Suggestion {
  std::string preset;
  std::vector<Addition> additions;
  PathOptions paths;
  std::vector<Obstacle> obstacles;
  std::vector<AnsweredCall> answered;

  // As far as was seen.
  bool passes() const { return obstacles.empty() && paths.unplaced.empty(); }
};

// "1 call", "2 processes"
std::string Counted(uint64_t count, const char* what);

// True iff a preset that a run can have lets the call through: it is then more
// than a probe that every program gets over. `pid` is the program's.
bool IsCarriedOutSomewhere(const SyscallRequest& request, pid_t pid);

// Takes, of the presets that a run can have, the one with the fewest obstacles,
// then the fewest additions, then the tightest.
// Threads: any. Syscalls: those of `facts`.
Suggestion Suggest(const Learned& learned, const PathFacts& facts);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_SUGGESTION_H_
