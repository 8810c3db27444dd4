// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_json.h"

#include "jail/policy_text.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

Json ConditionsJson(const Rule& rule) {
  Json conditions = Json::array();
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    conditions.push_back(
        {{"argument", condition.arg},
         {"mask", HexText(condition.mask)},
         {"equals",
          condition.value == kOwnPid ? "pid" : HexText(condition.value)}});
  }
  return conditions;
}

// The action without its errno.
std::string Word(Action action) {
  const std::string text = ActionText(action, 0);
  return text.substr(0, text.find(' '));
}

}  // namespace

Json RowsJson(std::span<const Rule> rows) {
  Json json = Json::array();
  for (const Rule& rule : rows) {
    json.push_back(
        {{"conditions", ConditionsJson(rule)},
         {"action", Word(rule.action)},
         {"errno", rule.error != 0 ? Json(ErrnoName(rule.error)) : Json()},
         {"reason", rule.reason}});
  }
  return json;
}

Json ExposureJson(const Exposure& exposure) {
  Json risks = Json::array();
  for (const RiskFinding& finding : exposure.findings) {
    risks.push_back(
        {{"name", finding.risk->name},
         {"what", finding.risk->what},
         {"weight", finding.risk->weight},
         {"since", finding.risk->since},
         {"exposed", finding.exposed()},
         {"call",
          finding.exposed() ? Json(CallText(*finding.witness)) : Json()}});
  }
  return {{"score", exposure.tenths / 10.0},
          {"word", exposure.word()},
          {"reachable_calls", exposure.reachable_calls},
          {"known_calls", exposure.known_calls},
          {"risks", risks}};
}

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cellblock
