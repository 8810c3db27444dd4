// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/export_toml.h"

#include <cinttypes>
#include <cstdio>
#include <string_view>
#include <vector>

#include "jail/policy_builder.h"
#include "jail/policy_text.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/policy_diff.h"

namespace cellblock {
namespace {

// As a TOML string: in one line, and ASCII.
std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c < ' ' || c > '~' ? '?' : c;
  }
  return quoted + "\"";
}

// TOML's integers are signed; PolicyFile takes a negative one by its bits.
std::string Integer(uint64_t value) {
  char text[32];
  const auto number = static_cast<int64_t>(value);
  snprintf(text, sizeof(text), number < 10 ? "%" PRId64 : "0x%" PRIx64, number);
  return text;
}

std::string ArgumentText(const Rule& rule, const ArgCondition& condition) {
  const ArgFormat format = FindSyscall(rule.syscall)->args[condition.arg];
  std::string text = "{ index = " + std::to_string(condition.arg);
  if (condition.mask != ArgBits(format)) {
    text += ", mask = " + Integer(condition.mask);
  }
  text += ", equals = ";
  text += condition.value == kOwnPid ? "\"pid\"" : Integer(condition.value);
  return text + " }";
}

const char* NameOf(Action action) {
  switch (action) {
    case Action::kAllow:
      return "allow";
    case Action::kErrno:
      return "errno";
    case Action::kRefuse:
      return "refuse";
    case Action::kViolation:
      return "violation";
    case Action::kKill:
      return "kill";
    case Action::kTrap:
      break;  // no file has it: see RowsText
  }
  return "";
}

// Whether a file has to say "unsafe:" to have that row.
bool NeedsUnsafe(const Rule& rule, const Policy& preset) {
  if (rule.action != Action::kAllow) return false;
  PolicyBuilder builder(preset);
  return !builder.Add(rule, PolicyBuilder::Safety::kSafe).empty();
}

std::string RuleText(const Rule& rule, const Policy& preset) {
  std::string name = FindSyscall(rule.syscall)->name;
  if (NeedsUnsafe(rule, preset)) name.insert(0, kUnsafePrefix);
  std::string text = "\n[[rule]]\ncall = " + Quote(name) +
                     "\naction = " + Quote(NameOf(rule.action)) + "\n";
  if (rule.error != 0) text += "error = " + Quote(ErrnoName(rule.error)) + "\n";
  for (size_t i = 0; i < rule.condition_count; ++i) {
    text += i == 0 ? "arguments = [" : ", ";
    text += ArgumentText(rule, rule.conditions[i]);
  }
  if (rule.condition_count > 0) text += "]\n";
  return text + "reason = " + Quote(rule.reason) + "\n";
}

// The rows of one call, as far as the preset does not have them.
std::string RowsText(const Policy& policy, const Policy& preset,
                     uint32_t number) {
  if (DecideAlike(policy, preset, number)) return {};
  const std::vector<Rule> rows = DecidingRows(policy, number);
  // The row for the rest comes first: it takes the preset's rows away, which
  // might contradict the others. Rows that a trap ends stand in front of the
  // preset's own.
  std::string text;
  if (rows.back().action != Action::kTrap) {
    text += RuleText(rows.back(), preset);
  }
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    text += RuleText(rows[i], preset);
  }
  return text;
}

// A preset that files can inherit from: "decoder" for "decoder+rw".
const Policy* InheritableOf(const Policy& preset) {
  const std::string name = preset.name();
  const Policy* found = FindPreset(name.substr(0, name.find('+')));
  return found != nullptr && IsInheritable(*found) ? found : nullptr;
}

}  // namespace

std::string ExportToml(const Policy& policy, const Policy& preset,
                       std::string* text) {
  const Policy* base = InheritableOf(preset);
  if (base == nullptr) {
    return std::string("no policy file can inherit from ") + preset.name() +
           "; there is " + InheritablePresets();
  }
  text->clear();
  if (std::string_view(preset.name()) != base->name()) {
    *text =
        "# It changes files: give --rw=PATH too, so that Landlock bounds "
        "where.\n";
  }
  *text += "inherit = " + Quote(base->name()) + "\n";
  if (std::string_view(policy.name()) != base->name()) {
    *text += "name = " + Quote(policy.name()) + "\n";
  }
  for (const SyscallInfo& info : AllSyscalls()) {
    *text += RowsText(policy, *base, info.number);
  }
  return {};
}

}  // namespace cellblock
