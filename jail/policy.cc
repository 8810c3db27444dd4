// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy.h"

#include <errno.h>
#include <sys/syscall.h>

#include "jail/syscall_table.h"

namespace cellblock {
namespace {

constexpr const char kMemory[] =
    "it changes the process's memory, which is fixed at the lock and served "
    "from the pool";
constexpr const char kImage[] =
    "a new program image has to be mapped, and nothing is mapped after the "
    "lock; run each program in a jail of its own";
constexpr const char kProcess[] =
    "a jail is one process; start each child in a jail of its own";
constexpr const char kUnseen[] =
    "it has the kernel map a ring, and work given to one can be done without "
    "passing the filter";

// Whole groups that no policy allows a call of; null iff the group is none.
const char* NeverInGroup(SyscallGroup group) {
  switch (group) {
    case SyscallGroup::kMemory:
      return kMemory;
    case SyscallGroup::kExecute:
      return kImage;
    case SyscallGroup::kAsyncIo:
      return kUnseen;
    default:
      return nullptr;
  }
}

struct Never {
  uint32_t number;
  const char* reason;
};

// Calls of other groups.
constexpr Never kNever[] = {
    {SYS_shmget, kMemory},
    {SYS_shmat, kMemory},
    {SYS_shmdt, kMemory},
    {SYS_personality, kMemory},
    {SYS_modify_ldt, kMemory},
    {SYS_arch_prctl, kMemory},
    {SYS_fork, kProcess},
    {SYS_vfork, kProcess},
    {SYS_clone, kProcess},
    {SYS_clone3, kProcess},
    {SYS_seccomp, "the lock is one-way and is not added to"},
    {SYS_prctl,
     "it can undo what keeps others out of the process and ends it with its "
     "supervisor"},
    {SYS_ptrace, "it controls other processes past any filter"},
    {SYS_process_vm_readv, "it reads other processes' memory"},
    {SYS_process_vm_writev, "it writes other processes' memory"},
    {SYS_bpf, "it loads programs into the kernel"},
};

// True iff `earlier` and `later` are one call's rows with others between them.
bool Scattered(std::span<const Rule> rules) {
  for (size_t i = 1; i < rules.size(); ++i) {
    if (rules[i].syscall == rules[i - 1].syscall) continue;
    for (size_t j = 0; j + 1 < i; ++j) {
      if (rules[j].syscall == rules[i].syscall) return true;
    }
  }
  return false;
}

bool Holds(const Rule& rule, const SyscallRequest& request, pid_t own_pid) {
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    const uint64_t value = condition.value == kOwnPid
                               ? static_cast<uint32_t>(own_pid)
                               : condition.value;
    if ((request.args[condition.arg] & condition.mask) != value) {
      return false;
    }
  }
  return true;
}

}  // namespace

const char* NeverAllowed(uint32_t number) {
  for (const Never& never : kNever) {
    if (never.number == number) return never.reason;
  }
  const SyscallInfo* info = FindSyscall(number);
  return info != nullptr ? NeverInGroup(info->group) : nullptr;
}

std::span<const Rule> Policy::RulesFor(uint32_t number) const {
  size_t begin = 0;
  while (begin < rules_.size() && rules_[begin].syscall != number) ++begin;
  size_t end = begin;
  while (end < rules_.size() && rules_[end].syscall == number) ++end;
  return rules_.subspan(begin, end - begin);
}

Decision Policy::Decide(const SyscallRequest& request, pid_t own_pid) const {
  for (const Rule& rule : RulesFor(request.number)) {
    if (Holds(rule, request, own_pid)) {
      return {rule.action, rule.error, rule.reason};
    }
  }
  if (const SyscallInfo* info = FindSyscall(request.number)) {
    return {Action::kViolation, 0, GroupReason(info->group)};
  }
  return {Action::kRefuse, ENOSYS, "is newer than this program's table"};
}

const char* Policy::Validate() const {
  if (Scattered(rules_)) return "the rows of one call are not adjacent";
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const bool last =
        i + 1 == rules_.size() || rules_[i + 1].syscall != rule.syscall;
    if (FindSyscall(rule.syscall) == nullptr) {
      return "a row is of a call that the table does not know";
    }
    if (rule.reason == nullptr || rule.reason[0] == '\0') {
      return "a row has no reason";
    }
    if (rule.condition_count > kMaxConditions) {
      return "a row has too many conditions";
    }
    if (last != (rule.condition_count == 0)) {
      return last ? "the last row of a call has conditions"
                  : "a row without conditions hides the ones after it";
    }
    if (!last && rule.action != Action::kAllow &&
        rule.action != Action::kRefuse) {
      return "a row with conditions does something other than allow or refuse";
    }
    for (size_t c = 0; c < rule.condition_count; ++c) {
      const ArgCondition& condition = rule.conditions[c];
      if (condition.arg > 5) return "a condition names an argument past 5";
      if ((condition.value & ~condition.mask) != 0) {
        return "a condition's value lies outside its mask";
      }
      for (size_t d = 0; d < c; ++d) {
        if (rule.conditions[d].arg == condition.arg) {
          return "a row has two conditions on one argument";
        }
      }
    }
    const bool answers =
        rule.action == Action::kErrno || rule.action == Action::kRefuse;
    const bool fits =
        answers ? rule.error > 0 && rule.error < 4096 : rule.error == 0;
    if (!fits) {
      return "a row's errno does not fit its action";
    }
    if (rule.action == Action::kAllow && NeverAllowed(rule.syscall)) {
      return "a row allows a call that no policy may allow";
    }
  }
  return nullptr;
}

}  // namespace cellblock
