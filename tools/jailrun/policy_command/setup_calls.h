// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_SETUP_CALLS_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_SETUP_CALLS_H_

#include <span>
#include <string_view>

namespace cellblock {

// Calls that a confinement around jailrun has to leave to it, whatever the
// policy inside: who makes them, in words, and their names. Some are newer than
// jail/syscall_table.h, so they are names and not numbers.
struct SetupCalls {
  const char* who;
  std::span<const char* const> names;
};

// Threads: any. Syscalls: none.
std::span<const SetupCalls> AllSetupCalls();

// True iff a call of that name is among them.
bool IsSetupCall(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_SETUP_CALLS_H_
