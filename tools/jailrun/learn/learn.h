// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_H_

#include <string>

namespace cellblock {

// `jailrun learn [OPTIONS] PROGRAM ARGS`: runs a program once without a jail,
// and says how it can be run in one. docs/learn.md is its manual.
//
// True iff the command line asks for it: its first word is "learn". A program
// of that name is run by `jailrun -- learn`.
bool IsLearn(int argc, char** argv);

// What is to be printed when the program has ended; each may be empty.
struct LearnOutcome {
  std::string output = {};  // for standard output
  std::string report = {};  // for standard error
  std::string json = {};    // for json_fd
  int json_fd = -1;
  int exit_code = 0;
};

// Errors: exit code 125, 126 or 127, and why in `report`, iff the words are not
//   understood, the program cannot be started, watched or confined, it never
//   reached its main, or the policy file cannot be written.
// Threads: one, which the program dies with.
LearnOutcome Learn(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_H_
