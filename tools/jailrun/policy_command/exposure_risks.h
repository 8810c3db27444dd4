// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_RISKS_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_RISKS_H_

#include <cstdint>
#include <optional>
#include <span>

#include "jail/policy.h"
#include "jail/syscall_table.h"

namespace cellblock {

// Stands in a probe for a descriptor that no row is tied to. No allowance can
// name it: it is past what Linux lets a process have.
inline constexpr uint64_t kAnyDescriptor = 1 << 20;

// One thing that a jailed process might be able to do.
struct Risk {
  const char* name;   // for machines
  const char* what;   // completes "the program ..."
  unsigned weight;    // in percent; exposure_risks.cc says what they mean
  const char* since;  // why it weighs that
  // It is there iff the policy allows one of these, or allows one of these
  // calls by a condition that no preset and no group has,
  std::span<const SyscallRequest> probes;
  // or allows any call of this group at all.
  std::optional<SyscallGroup> group = std::nullopt;
};

// Every risk but the last one, which is of another kind: how many calls of the
// kernel can be reached.
//
// Threads: any. Syscalls: none.
std::span<const Risk> AllRisks();

// What all system calls together would weigh; a policy has the share of it that
// it allows some form of.
inline constexpr unsigned kSurfaceWeight = 40;

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_RISKS_H_
