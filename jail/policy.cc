// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>

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
    {SYS_set_thread_area, kMemory},
    {SYS_ioctl,
     "some of its commands have the kernel map or move memory; a policy file "
     "can allow one command"},
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

constexpr uint64_t kWhole = ~uint64_t{0};

struct Pin {
  ProcessKind process;
  uint32_t syscall;
  ArgCondition conditions[kMaxConditions];
  size_t condition_count;
};

constexpr Pin kPins[] = {
    {ProcessKind::kJail, SYS_clone, {{0, kWhole, kThreadFlags}}, 1},
    {ProcessKind::kTemplate, SYS_clone, {{0, kWhole, kForkFlags}}, 1},
    {ProcessKind::kTemplate,
     SYS_prctl,
     {{0, kLow32, PR_SET_PDEATHSIG}, {1, kWhole, SIGKILL}},
     2},
    {ProcessKind::kTemplate,
     SYS_madvise,
     {{2, kLow32, MADV_POPULATE_WRITE}},
     1},
    {ProcessKind::kTemplate,
     SYS_seccomp,
     {{0, kLow32, SECCOMP_SET_MODE_FILTER},
      {1, kWhole, SECCOMP_FILTER_FLAG_TSYNC}},
     2},
};

// One command of ioctl(2), and not of a kind that maps or moves memory, runs a
// machine, or answers another process's calls: KVM, userfaultfd, VFIO, vhost,
// and listeners of seccomp.
bool IsOneCommand(const Rule& rule) {
  constexpr uint64_t kKinds[] = {0xae, 0xaa, 0x3b, 0xaf, 0x21};
  return std::any_of(rule.conditions, rule.conditions + rule.condition_count,
                     [&](const ArgCondition& condition) {
                       const uint64_t kind = condition.value >> 8 & 0xff;
                       return condition.arg == 1 &&
                              (condition.mask & kLow32) == kLow32 &&
                              std::find(std::begin(kKinds), std::end(kKinds),
                                        kind) == std::end(kKinds);
                     });
}

// What is wrong with a row by itself; null iff nothing is.
const char* FaultOf(const Rule& rule, bool last, ProcessKind process) {
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
  const bool kills =
      rule.action == Action::kKill && process == ProcessKind::kForked;
  if (!last && rule.action != Action::kAllow &&
      rule.action != Action::kRefuse && !kills) {
    return "a row with conditions does something other than allow or refuse";
  }
  for (size_t c = 0; c < rule.condition_count; ++c) {
    const ArgCondition& condition = rule.conditions[c];
    if (condition.arg > 5) return "a condition names an argument past 5";
    if ((condition.value & ~condition.mask) != 0) {
      return "a condition's value lies outside its mask";
    }
    if (condition.mask == 0) return "a condition compares nothing";
    for (size_t d = 0; d < c; ++d) {
      if (rule.conditions[d].arg == condition.arg) {
        return "a row has two conditions on one argument";
      }
    }
  }
  const bool answers =
      rule.action == Action::kErrno || rule.action == Action::kRefuse;
  // brk(2) answers where memory ends: libc takes any errno for far away.
  const int least =
      rule.syscall == SYS_brk && rule.action == Action::kErrno ? 0 : 1;
  const bool fits =
      answers ? rule.error >= least && rule.error < 4096 : rule.error == 0;
  return fits ? nullptr : "a row's errno does not fit its action";
}

// True iff some arguments satisfy both rows.
bool Overlap(const Rule& a, const Rule& b) {
  for (size_t i = 0; i < a.condition_count; ++i) {
    for (size_t j = 0; j < b.condition_count; ++j) {
      const ArgCondition& x = a.conditions[i];
      const ArgCondition& y = b.conditions[j];
      if (x.arg == y.arg && ((x.value ^ y.value) & x.mask & y.mask) != 0) {
        return false;
      }
    }
  }
  return true;
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
  const char* const reason = "is newer than this program's table";
  if (traits_.unknown == UnknownCalls::kViolation) {
    return {Action::kViolation, 0, reason};
  }
  return {Action::kRefuse, ENOSYS, reason};
}

bool IsPinned(const Rule& rule, ProcessKind process) {
  if (rule.syscall == SYS_ioctl) return IsOneCommand(rule);
  return std::any_of(std::begin(kPins), std::end(kPins), [&](const Pin& pin) {
    const bool has = pin.process == ProcessKind::kJail ||  // as all have
                     pin.process == process;
    return has && pin.syscall == rule.syscall &&
           std::equal(pin.conditions, pin.conditions + pin.condition_count,
                      rule.conditions, rule.conditions + rule.condition_count);
  });
}

std::optional<PolicyFault> Policy::Validate() const {
  for (size_t i = 1; i < rules_.size(); ++i) {
    // A call's rows begin where its first one stands.
    const uint32_t number = rules_[i].syscall;
    if (number != rules_[i - 1].syscall &&
        RulesFor(number).data() != &rules_[i]) {
      return PolicyFault{"the rows of one call are not adjacent", i};
    }
  }
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const bool last =
        i + 1 == rules_.size() || rules_[i + 1].syscall != rule.syscall;
    if (const char* what = FaultOf(rule, last, traits_.process)) {
      return PolicyFault{what, i};
    }
    if (rule.action == Action::kAllow && NeverAllowed(rule.syscall) &&
        !IsPinned(rule, traits_.process)) {
      return PolicyFault{"a row allows a call that no policy may allow", i};
    }
  }
  return std::nullopt;
}

std::optional<PolicyFault> Policy::FindInexpressible() const {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].condition_count == 0) continue;
    const bool allows = rules_[i].action == Action::kAllow;
    for (size_t j = i + 1;
         j < rules_.size() && rules_[j].syscall == rules_[i].syscall; ++j) {
      const Action later = rules_[j].action;
      if (!allows && later == Action::kAllow && Overlap(rules_[i], rules_[j])) {
        return PolicyFault{
            "a refusal stands in front of a row that allows the same call", i};
      }
      if (allows && (later == Action::kErrno || later == Action::kTrap ||
                     later == Action::kKill)) {
        return PolicyFault{
            "a row that allows some arguments stands in front of an errno, a "
            "trap or a kill for the others; refuse them instead",
            i};
      }
    }
  }
  return std::nullopt;
}

}  // namespace cellblock
