// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "tools/jailrun/policy_command/exposure.h"
#include "tools/jailrun/policy_command/policy_json.h"
#include "tools/jailrun/policy_command/policy_verbs.h"
#include "tools/jailrun/policy_command/text_table.h"

namespace cellblock {
namespace {

struct Checked {
  std::string source;
  size_t instructions = 0;
  Exposure exposure = {};
  std::string error = {};  // empty iff it passes
};

std::string OneDecimal(int tenths) {
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

Checked CheckOne(const std::string& source, const PolicyWords& words) {
  Checked checked = {.source = source};
  LoadedPolicy loaded;
  checked.error = loaded.Load(source, words.additions);
  if (!checked.error.empty()) return checked;
  checked.instructions =
      loaded.Filter(Notify::kSupervisor, &checked.error).size();
  if (!checked.error.empty()) {
    checked.error = source + ": " + checked.error;
    return checked;
  }
  checked.exposure = ExposureOf(loaded.policy());
  if (words.threshold_tenths &&
      checked.exposure.tenths > *words.threshold_tenths) {
    checked.error =
        source + ": the exposure " + checked.exposure.score() +
        " is over --threshold=" + OneDecimal(*words.threshold_tenths) +
        "; allow less, or raise it";
  }
  return checked;
}

std::string TextOf(const Checked& checked) {
  // Nothing was found out about one that could not be made.
  if (checked.instructions == 0) return {};
  const Exposure& exposure = checked.exposure;
  TextTable table;
  table.Add({"weight", "exposed", "the program", "which weighs that since"});
  for (const RiskFinding& finding : exposure.findings) {
    table.Add({std::to_string(finding.risk->weight),
               finding.exposed() ? "yes" : "-", finding.risk->what,
               finding.risk->since});
  }
  table.Add({std::to_string(kSurfaceWeight),
             std::to_string(exposure.reachable_calls) + "/" +
                 std::to_string(exposure.known_calls),
             "reaches so many of the kernel's calls",
             "each is code that may have a hole"});
  return checked.source + ": proved: the filter is what the table says, " +
         std::to_string(checked.instructions) + " instructions\n" +
         table.Text("  ") + checked.source + ": exposure " + exposure.score() +
         " " + exposure.word() + "\n";
}

Json JsonOf(const Checked& checked) {
  const bool proved = checked.instructions > 0;
  return {{"policy", checked.source},
          {"passed", checked.error.empty()},
          {"proved", proved},
          {"instructions", checked.instructions},
          {"exposure", proved ? ExposureJson(checked.exposure) : Json()},
          {"error", checked.error.empty() ? Json() : Json(checked.error)}};
}

}  // namespace

PolicyOutcome Check(const PolicyWords& words) {
  PolicyOutcome outcome;
  Json policies = Json::array();
  for (const std::string& source : words.arguments) {
    const Checked checked = CheckOne(source, words);
    if (!checked.error.empty()) {
      outcome.errors.push_back(checked.error);
      outcome.exit_code = kFinding;
    }
    if (words.form == OutputForm::kJson) {
      policies.push_back(JsonOf(checked));
    } else {
      outcome.output += TextOf(checked);
    }
  }
  if (words.form == OutputForm::kJson) {
    outcome.output = Dump(
        {{"passed", outcome.exit_code == kNoFinding}, {"policies", policies}});
  }
  return outcome;
}

}  // namespace cellblock
