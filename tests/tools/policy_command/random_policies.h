// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_POLICY_COMMAND_RANDOM_POLICIES_H_
#define CELLBLOCK_TESTS_TOOLS_POLICY_COMMAND_RANDOM_POLICIES_H_

#include <random>
#include <string>

#include "jail/policy_builder.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {

// Any allowance: a group, a call, a call on a descriptor, an unsafe call. Not
// every one is accepted by every policy.
inline std::string RandomAllowance(std::mt19937* random) {
  const auto below = [&](size_t count) { return (*random)() % count; };
  if (below(3) == 0) {
    return std::string("@") +
           AllRuleGroups()[below(AllRuleGroups().size())].name;
  }
  const SyscallInfo& call = AllSyscalls()[below(AllSyscalls().size())];
  std::string name = call.name;
  if (below(2) == 0) name.insert(0, kUnsafePrefix);
  const bool descriptor = call.args[0] == ArgFormat::kDescriptor;
  if (descriptor && below(2) == 0) name += ":" + std::to_string(below(9));
  return name;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_POLICY_COMMAND_RANDOM_POLICIES_H_
