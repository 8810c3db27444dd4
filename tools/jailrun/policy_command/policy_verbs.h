// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_VERBS_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_VERBS_H_

#include <string>
#include <vector>

#include "jail/exit_code.h"
#include "tools/jailrun/policy_command/policy_words.h"

namespace cellblock {

// What `check` and `diff` found, as an exit code; it stands beside ExitCode,
// since nothing is run here whose own code it could be taken for.
inline constexpr int kNoFinding = 0;
inline constexpr int kFinding = 1;

struct PolicyOutcome {
  std::string output = {};               // for standard output
  std::vector<std::string> errors = {};  // one line each
  int exit_code = kNoFinding;
};

// The outcome of an error that leaves nothing to print.
inline PolicyOutcome PolicyError(std::string error) {
  return {{}, {std::move(error)}, static_cast<int>(ExitCode::kSetupFailed)};
}

// Each does what one verb asks for.
//
// Errors: a policy that cannot be loaded, or whose filter cannot be made or
//   proved, is named in a line of its own; the exit code is then that of
//   PolicyError, but kFinding from Check: finding that out is its work.
// Syscalls: those that read policy files, and of CompileFilter.
PolicyOutcome Show(const PolicyWords& words);
PolicyOutcome Check(const PolicyWords& words);
PolicyOutcome Diff(const PolicyWords& words);
PolicyOutcome Explain(const PolicyWords& words);
PolicyOutcome Export(const PolicyWords& words);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_VERBS_H_
