// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_ALLOWANCES_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_ALLOWANCES_H_

#include <string>
#include <vector>

#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/exposure.h"
#include "tools/jailrun/policy_command/loaded_policy.h"

namespace cellblock {

// What --allow takes to let more of one call through, and what that costs.
struct AllowanceCost {
  std::string allowance;           // "@files", "read:5", "unsafe:kill"
  size_t more_calls = 0;           // that become reachable
  Exposure after;                  // with it
  std::vector<const Risk*> risks;  // that it adds
};

// Every allowance that AllowanceFor has for a form of `call` that the policy
// does not allow. Empty iff it is allowed in all of them, or none may be.
// Threads: any. Syscalls: none but those of memory.
std::vector<AllowanceCost> AllowancesOf(const LoadedPolicy& loaded,
                                        const SyscallInfo& call);

// True iff the policy allows the call whatever its arguments.
bool IsAllowedAlways(const Policy& policy, uint32_t number);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_ALLOWANCES_H_
