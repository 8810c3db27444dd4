// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/unsafe_calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

struct Unsafe {
  uint32_t number;
  const char* reason;
};

constexpr const char kTied[] = "its arguments say whether it is harmless";
constexpr const char kOthers[] = "it signals other processes";
constexpr const char kHosts[] = "it opens a channel to other hosts";
constexpr const char kScheduled[] = "it changes how others are scheduled";

// Calls of groups that are harmless else.
constexpr Unsafe kUnsafe[] = {
    {SYS_tkill, kOthers},
    {SYS_rt_sigqueueinfo, kOthers},
    {SYS_rt_tgsigqueueinfo, kOthers},
    {SYS_pidfd_send_signal, kOthers},
    {SYS_open_by_handle_at, "it opens files past their paths"},
    {SYS_openat2, "its flags are in memory, where no filter looks"},
    {SYS_creat, "it changes files, and --rw says which"},
    {SYS_vmsplice, "it hands pages of memory to the kernel"},
    {SYS_setpriority, kScheduled},
    {SYS_sched_setparam, kScheduled},
    {SYS_sched_setscheduler, kScheduled},
    {SYS_sched_setaffinity, kScheduled},
    {SYS_sched_setattr, kScheduled},
    {SYS_ioprio_set, kScheduled},
    {SYS_get_robust_list, "it looks into other processes"},
    {SYS_connect, kHosts},
    {SYS_bind, kHosts},
    {SYS_listen, kHosts},
    {SYS_inotify_add_watch, "it watches what others do with files"},
    {SYS_fanotify_init, "it watches what others do with files"},
    {SYS_setrlimit, "it raises the limits that jailrun has set"},
    {SYS_sendmsg, "it hands descriptors to other processes"},
    {SYS_sendmmsg, "it hands descriptors to other processes"},
    {SYS_recvmsg, "it takes descriptors from other processes"},
    {SYS_recvmmsg, "it takes descriptors from other processes"},
};

// Calls of dangerous groups that work on what the process holds.
constexpr uint32_t kHarmless[] = {SYS_pipe, SYS_pipe2, SYS_ftruncate,
                                  SYS_fallocate};

bool ReachesPastTheProcess(SyscallGroup group) {
  switch (group) {
    case SyscallGroup::kFileChange:
    case SyscallGroup::kIpc:
    case SyscallGroup::kTracing:
    case SyscallGroup::kKernelAdmin:
    case SyscallGroup::kNamespaces:
    case SyscallGroup::kKeys:
    case SyscallGroup::kConfinement:
    case SyscallGroup::kCredentials:
      return true;
    default:
      return false;
  }
}

const char* WhyDangerous(const SyscallInfo& info) {
  for (const Unsafe& unsafe : kUnsafe) {
    if (unsafe.number == info.number) return unsafe.reason;
  }
  const bool harmless = std::find(std::begin(kHarmless), std::end(kHarmless),
                                  info.number) != std::end(kHarmless);
  return !harmless && ReachesPastTheProcess(info.group)
             ? GroupReason(info.group)
             : nullptr;
}

bool IsTied(const Rule& rule) {
  return rule.action == Action::kAllow && rule.condition_count > 0;
}

// True iff a group allows the call whatever its arguments.
bool IsHarmless(uint32_t number) {
  const std::span<const RuleGroup> groups = AllRuleGroups();
  return std::any_of(groups.begin(), groups.end(), [=](const RuleGroup& group) {
    const auto rows = Policy(group.name, group.rules).RulesFor(number);
    return !rows.empty() && rows[0].action == Action::kAllow &&
           rows[0].condition_count == 0;
  });
}

// The rows that say which arguments of the call do no harm: those of `policy`,
// and, if no group lets every call of the kind through, those of all presets
// for jails and of all groups.
std::vector<Rule> TiedRows(const Policy& policy, uint32_t number) {
  std::vector<Rule> tied;
  const auto collect = [&](std::span<const Rule> rows) {
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(tied), IsTied);
  };
  collect(policy.RulesFor(number));
  if (IsHarmless(number)) return tied;
  for (const Policy& preset : AllPresets()) {
    if (preset.traits().process == ProcessKind::kJail) {
      collect(preset.RulesFor(number));
    }
  }
  for (const RuleGroup& group : AllRuleGroups()) {
    collect(Policy(group.name, group.rules).RulesFor(number));
  }
  return tied;
}

// True iff `rule` holds for no call that `known` does not hold for.
bool IsWithin(const Rule& rule, const Rule& known) {
  return std::all_of(
      known.conditions, known.conditions + known.condition_count,
      [&](const ArgCondition& k) {
        return std::any_of(
            rule.conditions, rule.conditions + rule.condition_count,
            [&](const ArgCondition& c) {
              return c.arg == k.arg && (c.mask & k.mask) == k.mask &&
                     (c.value & k.mask) == k.value;
            });
      });
}

bool TiesOneDescriptor(const Rule& rule) {
  return rule.condition_count == 1 && rule.conditions[0].arg == 0 &&
         rule.conditions[0].mask == kLow32;
}

}  // namespace

const char* WhyUnsafe(const Policy& policy, const Rule& rule) {
  const SyscallInfo* info = FindSyscall(rule.syscall);
  if (info == nullptr) return "it is not known";
  if (const char* reason = WhyDangerous(*info)) return reason;
  const std::vector<Rule> tied = TiedRows(policy, rule.syscall);
  const bool within =
      std::any_of(tied.begin(), tied.end(),
                  [&](const Rule& known) { return IsWithin(rule, known); });
  const bool by_descriptor =
      info->args[0] == ArgFormat::kDescriptor && TiesOneDescriptor(rule) &&
      std::all_of(tied.begin(), tied.end(), TiesOneDescriptor);
  return tied.empty() || within || by_descriptor ? nullptr : kTied;
}

}  // namespace cellblock
