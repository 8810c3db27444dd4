// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_DIFF_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_DIFF_H_

#include <cstdint>
#include <vector>

#include "jail/policy.h"

namespace cellblock {

// What two policies have in common, and what not.
//
// Threads: any. Syscalls: none but those of memory.

// The rows by which a policy decides `number`, without those that change
// nothing: one in front of the last that decides the same, and one behind
// another with its conditions. A call without rows has one, for what
// Policy::Decide says of it.
std::vector<Rule> DecidingRows(const Policy& policy, uint32_t number);

// True if both decide every form of a call in the same way. Reasons do not
// count. False may be wrong: rows can say the same in other conditions.
bool DecideAlike(const Policy& a, const Policy& b, uint32_t number);

// The calls of which DecideAlike says no, sorted by number.
std::vector<uint32_t> DifferingCalls(const Policy& a, const Policy& b);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_DIFF_H_
