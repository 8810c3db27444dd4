// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/allowances.h"

#include <algorithm>

#include "jail/rule_groups.h"
#include "tools/jailrun/policy_command/policy_diff.h"

namespace cellblock {
namespace {

struct Form {
  SyscallRequest request;
  // The one that allows it, where AllowanceFor cannot know: it takes the number
  // of no process for the jailed process's own.
  std::string group;
};

Form FormOf(const Rule& rule, const RuleGroup& group) {
  Form form = {{rule.syscall, {}}, {}};
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    form.request.args[condition.arg] = condition.value;
    if (condition.value == kOwnPid) form.group = std::string("@") + group.name;
  }
  return form;
}

// One for each row that a group has of the call, and one that no row is made
// for, on a descriptor as a shell would pass it.
std::vector<Form> FormsOf(uint32_t number) {
  constexpr uint64_t kOdd = 0x5a5a5a5a;
  std::vector<Form> forms;
  for (const RuleGroup& group : AllRuleGroups()) {
    for (const Rule& rule : group.rules) {
      if (rule.syscall != number || rule.action != Action::kAllow) continue;
      forms.push_back(FormOf(rule, group));
    }
  }
  forms.push_back({{number, {5, kOdd, kOdd, kOdd, kOdd, kOdd}}, {}});
  return forms;
}

std::vector<const Risk*> Added(const Exposure& before, const Exposure& after) {
  std::vector<const Risk*> risks;
  for (size_t i = 0; i < after.findings.size(); ++i) {
    if (after.findings[i].exposed() && !before.findings[i].exposed()) {
      risks.push_back(after.findings[i].risk);
    }
  }
  return risks;
}

}  // namespace

std::vector<AllowanceCost> AllowancesOf(const LoadedPolicy& loaded,
                                        const SyscallInfo& call) {
  const Policy policy = loaded.policy();
  const Exposure before = ExposureOf(policy);
  std::vector<AllowanceCost> costs;
  for (const Form& form : FormsOf(call.number)) {
    const Decision decision =
        policy.Decide(form.request, static_cast<pid_t>(kOwnPid));
    if (decision.action == Action::kAllow) continue;
    const std::string allowance =
        form.group.empty() ? AllowanceFor(policy, form.request) : form.group;
    const bool known = std::any_of(
        costs.begin(), costs.end(),
        [&](const AllowanceCost& cost) { return cost.allowance == allowance; });
    if (allowance.empty() || known) continue;
    PolicyBuilder with = loaded.builder();
    if (!with.Allow(allowance).empty()) continue;
    AllowanceCost cost = {allowance, 0, ExposureOf(with.policy()), {}};
    cost.more_calls = cost.after.reachable_calls - before.reachable_calls;
    cost.risks = Added(before, cost.after);
    costs.push_back(std::move(cost));
  }
  return costs;
}

bool IsAllowedAlways(const Policy& policy, uint32_t number) {
  const std::vector<Rule> rows = DecidingRows(policy, number);
  return rows.size() == 1 && rows[0].action == Action::kAllow;
}

}  // namespace cellblock
