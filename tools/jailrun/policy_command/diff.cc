// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "jail/policy_text.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/exposure.h"
#include "tools/jailrun/policy_command/policy_diff.h"
#include "tools/jailrun/policy_command/policy_json.h"
#include "tools/jailrun/policy_command/policy_verbs.h"

namespace cellblock {
namespace {

// A number that no table knows.
Decision UnknownDecision(const Policy& policy) {
  return policy.Decide({UINT32_MAX, {}}, 0);
}

std::string UnknownText(const Policy& policy) {
  const Decision decision = UnknownDecision(policy);
  return ActionText(decision.action, decision.error);
}

std::string RowsText(const std::string& sign, const Policy& policy,
                     uint32_t number) {
  std::string text;
  const std::vector<Rule> rows = DecidingRows(policy, number);
  for (const Rule& rule : rows) {
    text += sign + (rows.size() == 1 ? "" : ConditionsText(rule) + ": ") +
            ActionText(rule) + " (" + rule.reason + ")\n";
  }
  return text;
}

class Comparison {
 public:
  Comparison(const LoadedPolicy& a, const LoadedPolicy& b)
      : a_(a),
        b_(b),
        numbers_(DifferingCalls(a.policy(), b.policy())),
        unknown_differ_(UnknownText(a.policy()) != UnknownText(b.policy())) {}

  bool differ() const { return !numbers_.empty() || unknown_differ_; }

  std::string Text() const {
    if (!differ()) return {};
    std::string text = "--- " + a_.source() + ", exposure " +
                       ExposureOf(a_.policy()).score() + "\n+++ " +
                       b_.source() + ", exposure " +
                       ExposureOf(b_.policy()).score() + "\n";
    for (const uint32_t number : numbers_) {
      text += std::string(FindSyscall(number)->name) + "\n" +
              RowsText("  - ", a_.policy(), number) +
              RowsText("  + ", b_.policy(), number);
    }
    if (unknown_differ_) {
      text += "numbers that no table knows\n  - " + UnknownText(a_.policy()) +
              "\n  + " + UnknownText(b_.policy()) + "\n";
    }
    return text;
  }

  std::string AsJson() const {
    Json calls = Json::array();
    for (const uint32_t number : numbers_) {
      calls.push_back({{"syscall", FindSyscall(number)->name},
                       {"number", number},
                       {"a", RowsJson(DecidingRows(a_.policy(), number))},
                       {"b", RowsJson(DecidingRows(b_.policy(), number))}});
    }
    return Dump({{"differ", differ()},
                 {"a", Side(a_)},
                 {"b", Side(b_)},
                 {"calls", calls}});
  }

 private:
  static Json Side(const LoadedPolicy& loaded) {
    return {{"policy", loaded.source()},
            {"score", ExposureOf(loaded.policy()).tenths / 10.0},
            {"other_numbers", UnknownText(loaded.policy())}};
  }

  const LoadedPolicy& a_;
  const LoadedPolicy& b_;
  const std::vector<uint32_t> numbers_;
  const bool unknown_differ_;
};

}  // namespace

PolicyOutcome Diff(const PolicyWords& words) {
  LoadedPolicy policies[2];
  for (size_t i = 0; i < 2; ++i) {
    std::string error = policies[i].Load(words.arguments[i], words.additions);
    if (!error.empty()) return PolicyError(std::move(error));
  }
  const Comparison comparison(policies[0], policies[1]);
  return {.output = words.form == OutputForm::kJson ? comparison.AsJson()
                                                    : comparison.Text(),
          .errors = {},
          .exit_code = comparison.differ() ? kFinding : kNoFinding};
}

}  // namespace cellblock
