// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_diff.h"

#include <algorithm>

#include "jail/syscall_table.h"

namespace cellblock {
namespace {

bool SameAnswer(const Rule& a, const Rule& b) {
  return a.action == b.action && a.error == b.error;
}

bool SameConditions(const Rule& a, const Rule& b) {
  return std::equal(a.conditions, a.conditions + a.condition_count,
                    b.conditions, b.conditions + b.condition_count);
}

bool SameRow(const Rule& a, const Rule& b) {
  return SameAnswer(a, b) && SameConditions(a, b);
}

}  // namespace

std::vector<Rule> DecidingRows(const Policy& policy, uint32_t number) {
  const std::span<const Rule> rows = policy.RulesFor(number);
  if (rows.empty()) {
    const Decision decision = policy.Decide({number, {}}, 0);
    return {{number, decision.action, decision.error, {}, 0, decision.reason}};
  }
  std::vector<Rule> deciding;
  for (const Rule& rule : rows) {
    // Behind one with the same conditions, it never has its turn.
    const bool hidden = std::any_of(
        deciding.begin(), deciding.end(),
        [&](const Rule& earlier) { return SameConditions(earlier, rule); });
    if (!hidden) deciding.push_back(rule);
  }
  while (deciding.size() > 1 &&
         SameAnswer(deciding[deciding.size() - 2], deciding.back())) {
    deciding.erase(deciding.end() - 2);
  }
  return deciding;
}

bool DecideAlike(const Policy& a, const Policy& b, uint32_t number) {
  const std::vector<Rule> first = DecidingRows(a, number);
  const std::vector<Rule> second = DecidingRows(b, number);
  return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                    SameRow);
}

std::vector<uint32_t> DifferingCalls(const Policy& a, const Policy& b) {
  std::vector<uint32_t> numbers;
  for (const SyscallInfo& info : AllSyscalls()) {
    if (!DecideAlike(a, b, info.number)) numbers.push_back(info.number);
  }
  return numbers;
}

}  // namespace cellblock
