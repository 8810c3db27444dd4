// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_builder.h"

#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

struct Unsafe {
  uint32_t number;
  const char* reason;
};

// As many as Linux lets a process have.
constexpr int32_t kMostDescriptor = (1 << 20) - 1;

constexpr const char kTied[] = "its arguments say whether it is harmless";
constexpr const char kOthers[] = "it signals other processes";
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
    {SYS_set_thread_area, "it changes the process's segments"},
    {SYS_setpriority, kScheduled},
    {SYS_sched_setparam, kScheduled},
    {SYS_sched_setscheduler, kScheduled},
    {SYS_sched_setaffinity, kScheduled},
    {SYS_sched_setattr, kScheduled},
    {SYS_ioprio_set, kScheduled},
    {SYS_fanotify_init, "it watches what others do with files"},
    {SYS_setrlimit, "it raises the limits that jailrun has set"},
    {SYS_sendmsg, "it hands descriptors to other processes"},
    {SYS_sendmmsg, "it hands descriptors to other processes"},
    {SYS_recvmsg, "it takes descriptors from other processes"},
    {SYS_recvmmsg, "it takes descriptors from other processes"},
};

// Calls of dangerous groups that are harmless: they work on descriptors that
// are held, or on none.
constexpr uint32_t kHarmless[] = {SYS_pipe,      SYS_pipe2, SYS_ftruncate,
                                  SYS_fallocate, SYS_sync,  SYS_syncfs};

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

// Why a call is not to be allowed by accident; null iff it may be.
const char* WhyUnsafe(const SyscallInfo& info) {
  for (const Unsafe& unsafe : kUnsafe) {
    if (unsafe.number == info.number) return unsafe.reason;
  }
  const bool harmless = std::find(std::begin(kHarmless), std::end(kHarmless),
                                  info.number) != std::end(kHarmless);
  return !harmless && ReachesPastTheProcess(info.group)
             ? GroupReason(info.group)
             : nullptr;
}

bool IsConditional(const Rule& rule) { return rule.condition_count > 0; }

// True iff the rows allow the call for some arguments and not for others.
bool AreTied(std::span<const Rule> rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Rule& rule) {
    return rule.action == Action::kAllow && IsConditional(rule);
  });
}

Policy RowsOf(const RuleGroup& group) { return {group.name, group.rules}; }

// The same, by the policy or by a group.
bool IsTiedToArguments(const Policy& policy, uint32_t number) {
  const std::span<const RuleGroup> groups = AllRuleGroups();
  return AreTied(policy.RulesFor(number)) ||
         std::any_of(groups.begin(), groups.end(), [=](const RuleGroup& group) {
           return AreTied(RowsOf(group).RulesFor(number));
         });
}

// The group that allows `request` and not every call of its number; empty iff
// there is none.
std::string GroupThatAllows(const SyscallRequest& request) {
  // Not the process that the call may name.
  const auto other = static_cast<pid_t>(request.args[0] ^ 1);
  for (const RuleGroup& group : AllRuleGroups()) {
    const Policy rows = RowsOf(group);
    if (AreTied(rows.RulesFor(request.number)) &&
        rows.Decide(request, other).action == Action::kAllow) {
      return std::string("@") + group.name;
    }
  }
  return {};
}

// True iff `policy` allows the call whatever its arguments.
bool IsOpen(const Policy& policy, uint32_t number) {
  const std::span<const Rule> rows = policy.RulesFor(number);
  return !rows.empty() && !IsConditional(rows[0]) &&
         rows[0].action == Action::kAllow;
}

bool SameConditions(const Rule& a, const Rule& b) {
  return std::equal(a.conditions, a.conditions + a.condition_count,
                    b.conditions, b.conditions + b.condition_count);
}

// Appends `rule`; of rows with the same conditions the last one counts.
void Append(const Rule& rule, std::vector<Rule>* rows) {
  std::erase_if(*rows, [&](const Rule& earlier) {
    return earlier.syscall == rule.syscall && SameConditions(earlier, rule);
  });
  rows->push_back(rule);
}

// What the words of an allowance say.
struct Allowance {
  std::string_view name;
  std::optional<uint32_t> descriptor;
  PolicyBuilder::Safety safety = PolicyBuilder::Safety::kSafe;
};

std::string Read(std::string_view what, Allowance* allowance) {
  if (what.starts_with(kUnsafePrefix)) {
    allowance->safety = PolicyBuilder::Safety::kUnsafe;
    what.remove_prefix(kUnsafePrefix.size());
  }
  const size_t colon = what.find(':');
  allowance->name = what.substr(0, colon);
  if (colon == std::string_view::npos) return {};
  const std::string_view number = what.substr(colon + 1);
  const char* const end = number.data() + number.size();
  int32_t descriptor = -1;
  const auto [rest, code] = std::from_chars(number.data(), end, descriptor);
  if (code != std::errc() || rest != end || descriptor < 0 ||
      descriptor > kMostDescriptor) {
    return "\"" + std::string(number) +
           "\" is no descriptor (for example read:5)";
  }
  allowance->descriptor = static_cast<uint32_t>(descriptor);
  return {};
}

std::string UnsafeName(std::string_view call) {
  return std::string(kUnsafePrefix).append(call);
}

// True iff it is the descriptor alone that decides.
bool IsTiedToDescriptor(const Policy& policy, const SyscallInfo& info) {
  const std::span<const Rule> rows = policy.RulesFor(info.number);
  return info.args[0] == ArgFormat::kDescriptor && AreTied(rows) &&
         std::all_of(rows.begin(), rows.end(), [](const Rule& rule) {
           return !IsConditional(rule) ||
                  (rule.condition_count == 1 && rule.conditions[0].arg == 0);
         });
}

std::string NamesOfGroups() {
  std::string names;
  for (const RuleGroup& group : AllRuleGroups()) {
    names += names.empty() ? "@" : ", @";
    names += group.name;
  }
  return names;
}

}  // namespace

PolicyBuilder::PolicyBuilder(const Policy& preset)
    : preset_(preset),
      name_(preset.name()),
      rules_(preset.rules().begin(), preset.rules().end()) {}

std::string PolicyBuilder::Allow(std::string_view what) {
  if (what.starts_with('@')) return AllowGroup(what.substr(1));
  Allowance allowance;
  if (std::string error = Read(what, &allowance); !error.empty()) return error;
  const std::string_view name = allowance.name;
  const SyscallInfo* info = FindSyscallByName(name.data(), name.size());
  if (info == nullptr) {
    return "no system call has that name; groups are " + NamesOfGroups();
  }
  Rule rule = {.syscall = info->number,
               .action = Action::kAllow,
               .error = 0,
               .conditions = {},
               .condition_count = 0,
               .reason = "is allowed by its name"};
  if (allowance.descriptor) {
    if (info->args[0] != ArgFormat::kDescriptor) {
      return std::string(info->name) + " takes no descriptor first";
    }
    rule.conditions[0] = {0, kLow32, *allowance.descriptor};
    rule.condition_count = 1;
    rule.reason = "is allowed on a descriptor given to it";
  }
  return Add(rule, allowance.safety);
}

std::string PolicyBuilder::AllowGroup(std::string_view name) {
  const RuleGroup* group = FindRuleGroup(name);
  if (group == nullptr) {
    return "no group has that name; there are " + NamesOfGroups();
  }
  Rows added = added_;
  for (const Rule& rule : group->rules) {
    if (IsOpen(policy(), rule.syscall)) continue;
    // Where the preset says what else becomes of the call, that stays.
    if (rule.action != Action::kAllow &&
        !preset_.RulesFor(rule.syscall).empty()) {
      continue;
    }
    Append(rule, &added);
  }
  return Commit(std::move(added));
}

std::string PolicyBuilder::Add(const Rule& rule, Safety safety) {
  const SyscallInfo* info = FindSyscall(rule.syscall);
  if (info == nullptr) return "no system call has that number";
  const bool allows = rule.action == Action::kAllow;
  if (allows && !IsPinned(rule, preset_.traits().process)) {
    if (const char* reason = NeverAllowed(rule.syscall)) {
      return std::string("no option allows it: ") + reason;
    }
    const char* unsafe = WhyUnsafe(*info);
    if (unsafe == nullptr && !IsConditional(rule) &&
        IsTiedToArguments(preset_, rule.syscall)) {
      unsafe = kTied;
    }
    if (unsafe != nullptr && safety == Safety::kSafe) {
      return std::string(unsafe) + "; if the program may do that, say " +
             UnsafeName(info->name);
    }
  }
  if (allows && IsOpen(policy(), rule.syscall)) return {};
  Rows added = added_;
  Append(rule, &added);
  added.back().reason = reasons_.emplace_back(rule.reason).c_str();
  return Commit(std::move(added));
}

// The preset's rows, with those added to each call in front.
PolicyBuilder::Rows PolicyBuilder::Compose(const Rows& added) const {
  Rows composed;
  const auto put = [&](uint32_t number) {
    const size_t first = composed.size();
    std::copy_if(added.begin(), added.end(), std::back_inserter(composed),
                 [=](const Rule& rule) { return rule.syscall == number; });
    // Rows with conditions first, whatever came after them.
    const auto rest =
        std::stable_partition(composed.begin() + static_cast<ptrdiff_t>(first),
                              composed.end(), IsConditional);
    if (rest != composed.end()) return;
    for (Rule rule : preset_.RulesFor(number)) {
      // The filter cannot answer the rest of a call by itself.
      const bool rest_of_call = composed.size() > first && !IsConditional(rule);
      if (rest_of_call && rule.action == Action::kErrno) {
        rule.action = Action::kRefuse;
      }
      composed.push_back(rule);
    }
    if (IsConditional(composed.back())) {
      composed.push_back({.syscall = number,
                          .action = Action::kViolation,
                          .error = 0,
                          .conditions = {},
                          .condition_count = 0,
                          .reason = GroupReason(FindSyscall(number)->group)});
    }
  };
  for (const std::span<const Rule> rules : {preset_.rules(), {added}}) {
    for (const Rule& rule : rules) {
      const bool done = std::any_of(
          composed.begin(), composed.end(),
          [&](const Rule& other) { return other.syscall == rule.syscall; });
      if (!done) put(rule.syscall);
    }
  }
  return composed;
}

std::string PolicyBuilder::Commit(Rows added) {
  Rows composed = Compose(added);
  const Policy policy(name_.c_str(), composed, preset_.traits());
  if (const auto fault = policy.Validate()) return fault->what;
  if (const auto fault = policy.FindInexpressible()) return fault->what;
  added_ = std::move(added);
  rules_ = std::move(composed);
  return {};
}

std::string AllowanceFor(const Policy& policy, const SyscallRequest& request) {
  const SyscallInfo* info = FindSyscall(request.number);
  if (info == nullptr) return {};
  if (std::string group = GroupThatAllows(request); !group.empty()) {
    return group;
  }
  if (NeverAllowed(request.number)) return {};
  if (IsTiedToDescriptor(policy, *info)) {
    return std::string(info->name) + ":" +
           std::to_string(static_cast<uint32_t>(request.args[0]));
  }
  const bool unsafe =
      WhyUnsafe(*info) != nullptr || IsTiedToArguments(policy, request.number);
  return unsafe ? UnsafeName(info->name) : info->name;
}

}  // namespace cellblock
