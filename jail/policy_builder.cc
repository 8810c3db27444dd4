// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_builder.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "jail/rule_groups.h"
#include "jail/syscall_table.h"
#include "jail/unsafe_calls.h"

namespace cellblock {
namespace {

// As many as Linux lets a process have.
constexpr int32_t kMostDescriptor = (1 << 20) - 1;

// What the proof can follow, and libseccomp in a short time.
constexpr size_t kMostRows = 256;
constexpr ptrdiff_t kMostRowsOfACall = 16;

constexpr size_t kNumbers = 1024;  // of all calls in the table

bool IsConditional(const Rule& rule) { return rule.condition_count > 0; }

// True iff `policy` allows the call whatever its arguments.
bool IsOpen(const Policy& policy, uint32_t number) {
  const std::span<const Rule> rows = policy.RulesFor(number);
  return !rows.empty() &&
         std::all_of(rows.begin(), rows.end(), [](const Rule& rule) {
           return rule.action == Action::kAllow;
         });
}

// True iff the first argument says what the call works on: a path beside it can
// begin at the root.
bool GoesByDescriptor(const SyscallInfo& info) {
  return info.args[0] == ArgFormat::kDescriptor &&
         info.args[1] != ArgFormat::kPath;
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
  allowance->safety = PolicyBuilder::TakeSafety(&what);
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

PolicyBuilder::Safety PolicyBuilder::TakeSafety(std::string_view* name) {
  if (!name->starts_with(kUnsafePrefix)) return Safety::kSafe;
  name->remove_prefix(kUnsafePrefix.size());
  return Safety::kUnsafe;
}

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
    if (!GoesByDescriptor(*info)) {
      return std::string(info->name) + " does not go by a descriptor alone";
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
  if (rule.reason == nullptr) return "a row has no reason";
  if (rule.condition_count > kMaxConditions) {
    return "a row has too many conditions";
  }
  const bool allows = rule.action == Action::kAllow;
  if (allows && IsOpen(policy(), rule.syscall)) return {};
  if (allows && !IsPinned(rule, preset_.traits().process)) {
    if (const char* reason = NeverAllowed(rule.syscall)) {
      return std::string("no option allows it: ") + reason;
    }
  }
  if (allows && safety == Safety::kSafe) {
    if (const char* unsafe = WhyUnsafe(preset_, rule)) {
      return std::string(unsafe) + "; if the program may do that, say " +
             UnsafeName(info->name);
    }
  }
  Rows added = added_;
  Append(rule, &added);
  reasons_.push_back(std::make_shared<const std::string>(rule.reason));
  added.back().reason = reasons_.back()->c_str();
  return Commit(std::move(added));
}

bool PolicyBuilder::Restricts(uint32_t number) const {
  return std::any_of(added_.begin(), added_.end(), [=](const Rule& rule) {
    return rule.syscall == number && rule.action != Action::kAllow;
  });
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
  std::vector<bool> done(kNumbers);
  for (const std::span<const Rule> rules : {preset_.rules(), {added}}) {
    for (const Rule& rule : rules) {
      if (!done[rule.syscall]) put(rule.syscall);
      done[rule.syscall] = true;
    }
  }
  return composed;
}

std::string PolicyBuilder::Commit(Rows added) {
  if (added.size() > kMostRows) {
    return "a policy takes at most " + std::to_string(kMostRows) + " rows more";
  }
  const uint32_t number = added.empty() ? 0 : added.back().syscall;
  if (std::count_if(added.begin(), added.end(), [=](const Rule& rule) {
        return rule.syscall == number && IsConditional(rule);
      }) > kMostRowsOfACall) {
    return "a call takes at most " + std::to_string(kMostRowsOfACall) +
           " rows more that depend on its arguments";
  }
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
  // From the narrowest on that is of use.
  std::vector<std::string> candidates;
  const auto descriptor = static_cast<uint32_t>(request.args[0]);
  const std::string name = info->name;
  const std::string on_one = name + ":" + std::to_string(descriptor);
  const bool has_one = GoesByDescriptor(*info);
  for (const RuleGroup& group : AllRuleGroups()) {
    if (group.use == GroupUse::kTogether) {
      candidates.push_back(std::string("@") + group.name);
    }
  }
  if (has_one) candidates.push_back(on_one);
  candidates.push_back(name);
  for (const RuleGroup& group : AllRuleGroups()) {
    candidates.push_back(std::string("@") + group.name);
  }
  if (has_one) candidates.push_back(UnsafeName(on_one));
  candidates.push_back(UnsafeName(name));
  // Not the process that the call may name.
  const auto other = static_cast<pid_t>(request.args[0] ^ 1);
  for (const std::string& candidate : candidates) {
    PolicyBuilder builder(policy);
    if (builder.Allow(candidate).empty() &&
        builder.policy().Decide(request, other).action == Action::kAllow) {
      return candidate;
    }
  }
  return {};
}

}  // namespace cellblock
