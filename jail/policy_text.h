// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_POLICY_TEXT_H_
#define CELLBLOCK_JAIL_POLICY_TEXT_H_

#include <string>

#include "jail/policy.h"

namespace cellblock {

// Rows of a policy in the words of docs/syscalls.md, for whatever prints them.
//
//   ConditionsText(rule) + ": " + ActionText(rule)
//   "argument 2 & 0x3 = 0: allow"
//
// Threads: any. Syscalls: none but those of memory; setup phase only.

// "EACCES", or the number where libc knows no name.
std::string ErrnoName(int error);

// "allow", "pool" (answered from it), "errno EPERM", "refuse EROFS", "kill",
// "violation".
std::string ActionText(Action action, int error);
inline std::string ActionText(const Rule& rule) {
  return ActionText(rule.action, rule.error);
}

// All that must hold, or "else" for a row without conditions.
std::string ConditionsText(const Rule& rule);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_POLICY_TEXT_H_
