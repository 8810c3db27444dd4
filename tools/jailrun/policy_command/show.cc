// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "jail/policy_text.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/disassembly.h"
#include "tools/jailrun/policy_command/policy_json.h"
#include "tools/jailrun/policy_command/policy_verbs.h"
#include "tools/jailrun/policy_command/text_table.h"

namespace cellblock {
namespace {

// No table knows it: what becomes of numbers that are newer.
constexpr SyscallRequest kUnknown = {UINT32_MAX, {}};

std::string TableText(const Policy& policy) {
  TextTable table;
  table.Add({"call", "if", "then", "since it"});
  for (const Rule& rule : policy.rules()) {
    const bool alone = policy.RulesFor(rule.syscall).size() == 1;
    table.Add({FindSyscall(rule.syscall)->name,
               alone ? "always" : ConditionsText(rule), ActionText(rule),
               rule.reason});
  }
  const Decision unknown = policy.Decide(kUnknown, 0);
  table.Add({"other calls", "always", "violation", "has no row"});
  table.Add({"other numbers", "always",
             ActionText(unknown.action, unknown.error), unknown.reason});
  return table.Text();
}

std::string TableJson(const LoadedPolicy& loaded) {
  const Policy policy = loaded.policy();
  Json calls = Json::array();
  for (const SyscallInfo& info : AllSyscalls()) {
    const std::span<const Rule> rows = policy.RulesFor(info.number);
    if (rows.empty()) continue;
    calls.push_back({{"syscall", info.name},
                     {"number", info.number},
                     {"rows", RowsJson(rows)}});
  }
  const Decision unknown = policy.Decide(kUnknown, 0);
  return Dump({{"policy", policy.name()},
               {"preset", loaded.preset().name()},
               {"calls", calls},
               {"other_calls", "violation"},
               {"other_numbers", ActionText(unknown.action, unknown.error)}});
}

}  // namespace

PolicyOutcome Show(const PolicyWords& words) {
  LoadedPolicy loaded;
  const std::string source =
      words.arguments.empty() ? "decoder" : words.arguments[0];
  std::string error = loaded.Load(source, words.additions);
  if (!error.empty()) return PolicyError(std::move(error));
  if (words.form == OutputForm::kJson) return {.output = TableJson(loaded)};
  if (words.form == OutputForm::kText) {
    return {.output = TableText(loaded.policy())};
  }
  const std::vector<sock_filter> filter =
      loaded.Filter(Notify::kSupervisor, &error);
  if (!error.empty()) return PolicyError(source + ": " + error);
  return {.output = ListingOf(filter)};
}

}  // namespace cellblock
