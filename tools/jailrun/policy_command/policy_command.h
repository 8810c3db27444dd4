// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_COMMAND_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_COMMAND_H_

#include "tools/jailrun/policy_command/policy_verbs.h"

namespace cellblock {

// `jailrun policy ...`: shows, checks, compares, explains and exports policies,
// and runs nothing. docs/policies.md is its manual.
//
// True iff the command line asks for it: its first word is "policy". A program
// of that name is run by `jailrun -- policy`.
bool IsPolicyCommand(int argc, char** argv);

// Errors: as PolicyOutcome has them; control characters are escaped.
PolicyOutcome RunPolicyCommand(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_COMMAND_H_
