// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/refused_call_text.h"

#include <errno.h>
#include <sys/syscall.h>

#include "jail/rule_groups.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/allowance_cost.h"

namespace cellblock {
namespace {

// The group of calls that has one which is not there otherwise; null: none.
const RuleGroup* GroupFor(const RefusedCall& call) {
  if (call.error != ENOSYS) return nullptr;
  for (const RuleGroup& group : AllRuleGroups()) {
    for (const Rule& rule : group.rules) {
      if (rule.syscall == call.number && rule.action == Action::kAllow &&
          rule.condition_count == 0) {
        return &group;
      }
    }
  }
  return nullptr;
}

// Programs that unpack archives set the modes, owners and times of what they
// wrote, and fail where they cannot.
bool ChangesFile(const RefusedCall& call) {
  const SyscallInfo* const info = FindSyscall(call.number);
  return call.error == EPERM && info != nullptr &&
         info->group == SyscallGroup::kFileChange;
}

// It locks a file as a whole, which takes no more than reading it.
bool LocksFile(const RefusedCall& call) {
  return call.error == EPERM && call.number == SYS_flock;
}

}  // namespace

std::string OptionFor(const RefusedCall& call) {
  if (call.error == EROFS) return "; to write files, add --rw=PATH";
  if (LocksFile(call))
    return "; what may write files by --rw=PATH may lock them";
  if (call.error == EAGAIN) return "; --threads=N allows more";
  if (ChangesFile(call)) {
    const std::string allowance =
        std::string("unsafe:") + FindSyscall(call.number)->name;
    return "; --allow=" + allowance + " allows it: " + CostOf(allowance);
  }
  const RuleGroup* const group = GroupFor(call);
  return group == nullptr
             ? ""
             : std::string("; --allow=@") + group->name + " allows it";
}

bool MayExplainFailure(const RefusedCall& call) {
  return call.error == EROFS || LocksFile(call) || ChangesFile(call) ||
         GroupFor(call) != nullptr;
}

}  // namespace cellblock
