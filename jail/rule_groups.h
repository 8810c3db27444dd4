// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_RULE_GROUPS_H_
#define CELLBLOCK_JAIL_RULE_GROUPS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "jail/policy.h"

namespace cellblock {

enum class GroupUse : uint8_t {
  kApart,     // each of its calls is of use alone
  kTogether,  // what makes one of them makes the others
};

// Rows that are allowed together, by a name: "--allow=@threads".
struct RuleGroup {
  const char* name;  // without the @
  std::span<const Rule> rules;
  const char* what;  // completes "lets the program ..."
  GroupUse use = GroupUse::kApart;
};

// Sorted by name. Threads: any. Syscalls: none.
std::span<const RuleGroup> AllRuleGroups();

// Null iff no group has that name.
const RuleGroup* FindRuleGroup(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_RULE_GROUPS_H_
