// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <charconv>
#include <utility>

#include "jail/policy_text.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/allowances.h"
#include "tools/jailrun/policy_command/policy_diff.h"
#include "tools/jailrun/policy_command/policy_json.h"
#include "tools/jailrun/policy_command/policy_verbs.h"
#include "tools/jailrun/policy_command/text_table.h"

namespace cellblock {
namespace {

// By its name, or by its number.
const SyscallInfo* FindCall(const std::string& word) {
  uint32_t number = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, code] = std::from_chars(word.data(), end, number);
  if (code == std::errc() && rest == end) return FindSyscall(number);
  return FindSyscallByName(word.data(), word.size());
}

const char* FormatName(ArgFormat format) {
  switch (format) {
    case ArgFormat::kInt:
      return "int";
    case ArgFormat::kUnsigned:
      return "unsigned";
    case ArgFormat::kFlags:
      return "flags";
    case ArgFormat::kDescriptor:
      return "descriptor";
    case ArgFormat::kOctalMode:
      return "mode";
    case ArgFormat::kLong:
      return "long";
    case ArgFormat::kSize:
      return "size";
    case ArgFormat::kHex:
      return "word";
    case ArgFormat::kPointer:
      return "pointer";
    case ArgFormat::kPath:
      return "path";
    case ArgFormat::kNone:
      break;
  }
  return "";
}

class Explanation {
 public:
  Explanation(const SyscallInfo& call, const LoadedPolicy& loaded)
      : call_(call), loaded_(loaded), costs_(AllowancesOf(loaded, call)) {}

  std::string Text() const {
    std::string text = std::string(call_.name) + "(";
    for (uint8_t i = 0; i < call_.arg_count; ++i) {
      text += std::string(i == 0 ? "" : ", ") + FormatName(call_.args[i]);
    }
    text += "), number " + std::to_string(call_.number) + ", group " +
            GroupName(call_.group) + ": it " + GroupReason(call_.group) + "\n";
    TextTable table;
    for (const Policy& preset : AllPresets())
      AddRows(preset.name(), preset, &table);
    if (loaded_.builder().changed()) {
      AddRows(loaded_.source(), loaded_.policy(), &table);
    }
    return text + table.Text("  ") + Remedies();
  }

  std::string AsJson() const {
    Json policies = Json::object();
    for (const Policy& preset : AllPresets()) {
      policies[preset.name()] = RowsJson(DecidingRows(preset, call_.number));
    }
    if (loaded_.builder().changed()) {
      policies[loaded_.source()] =
          RowsJson(DecidingRows(loaded_.policy(), call_.number));
    }
    Json arguments = Json::array();
    for (uint8_t i = 0; i < call_.arg_count; ++i) {
      arguments.push_back(FormatName(call_.args[i]));
    }
    const char* never = NeverAllowed(call_.number);
    return Dump({{"syscall", call_.name},
                 {"number", call_.number},
                 {"group", GroupName(call_.group)},
                 {"arguments", arguments},
                 {"policies", policies},
                 {"policy", loaded_.source()},
                 {"always_allowed", AllowedAlways()},
                 {"allowances", CostsJson()},
                 {"never", never != nullptr ? Json(never) : Json()}});
  }

 private:
  bool AllowedAlways() const {
    return IsAllowedAlways(loaded_.policy(), call_.number);
  }

  bool AllowedSometimes() const {
    const std::span<const Rule> rows = loaded_.policy().RulesFor(call_.number);
    return std::any_of(rows.begin(), rows.end(), [](const Rule& rule) {
      return rule.action == Action::kAllow;
    });
  }

  void AddRows(const std::string& name, const Policy& policy,
               TextTable* table) const {
    const std::vector<Rule> rows = DecidingRows(policy, call_.number);
    for (const Rule& rule : rows) {
      table->Add({&rule == rows.data() ? name : "",
                  rows.size() == 1 ? "always" : ConditionsText(rule),
                  ActionText(rule), rule.reason});
    }
  }

  std::string Remedies() const {
    std::string text;
    if (AllowedAlways()) {
      return loaded_.source() + " allows it whatever its arguments\n";
    }
    for (const AllowanceCost& cost : costs_) text += RemedyText(cost);
    if (const char* never = NeverAllowed(call_.number)) {
      text += std::string("nothing allows ") +
              (AllowedSometimes() || !costs_.empty() ? "other forms of it: "
                                                     : "it: ") +
              never + "\n";
    }
    return text;
  }

  std::string RemedyText(const AllowanceCost& cost) const {
    std::string text = "--allow=" + cost.allowance + " allows more of it in " +
                       loaded_.source() + ": exposure " +
                       ExposureOf(loaded_.policy()).score() + " becomes " +
                       cost.after.score() + ", " +
                       std::to_string(cost.more_calls) + " more calls\n";
    for (const Risk* risk : cost.risks) {
      text += std::string("  the program then ") + risk->what + " (" +
              risk->since + ")\n";
    }
    return text;
  }

  Json CostsJson() const {
    Json json = Json::array();
    for (const AllowanceCost& cost : costs_) {
      Json risks = Json::array();
      for (const Risk* risk : cost.risks) risks.push_back(risk->name);
      json.push_back(
          {{"allow", cost.allowance},
           {"more_calls", cost.more_calls},
           {"score_before", ExposureOf(loaded_.policy()).tenths / 10.0},
           {"score", cost.after.tenths / 10.0},
           {"risks", risks}});
    }
    return json;
  }

  const SyscallInfo& call_;
  const LoadedPolicy& loaded_;
  const std::vector<AllowanceCost> costs_;
};

}  // namespace

PolicyOutcome Explain(const PolicyWords& words) {
  const std::string& name = words.arguments[0];
  const SyscallInfo* call = FindCall(name);
  if (call == nullptr) {
    return PolicyError(name +
                       ": no system call of x86-64 has that name or number; "
                       "docs/syscalls.md lists those that a preset has");
  }
  LoadedPolicy loaded;
  std::string error =
      loaded.Load(words.arguments.size() > 1 ? words.arguments[1] : "decoder",
                  words.additions);
  if (!error.empty()) return PolicyError(std::move(error));
  const Explanation explanation(*call, loaded);
  return {.output = words.form == OutputForm::kJson ? explanation.AsJson()
                                                    : explanation.Text()};
}

}  // namespace cellblock
