// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_file.h"

#include <string.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>

#include "jail/presets.h"
#include "jail/syscall_table.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace cellblock {
namespace {

struct ActionName {
  std::string_view name;
  Action action;
};

constexpr ActionName kActions[] = {{"allow", Action::kAllow},
                                   {"errno", Action::kErrno},
                                   {"refuse", Action::kRefuse},
                                   {"violation", Action::kViolation},
                                   {"kill", Action::kKill}};

std::optional<int> ErrnoOf(std::string_view name) {
  constexpr int kMost = 133;  // EHWPOISON
  for (int error = 1; error <= kMost; ++error) {
    const char* known = strerrorname_np(error);
    if (known != nullptr && name == known) return error;
  }
  return std::nullopt;
}

// Messages quote what is wrong as it is.
std::string InOneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace

// One reading of one file; the first error ends it.
class PolicyFileReader {
 public:
  PolicyFileReader(const std::string& path, PolicyFile* file)
      : path_(path), file_(file) {}

  std::string Read(std::string_view text) {
    // On some other characters toml++ 3.3 runs into undefined behaviour.
    if (std::string error = FirstNonAscii(text); !error.empty()) return error;
    const toml::parse_result parsed = toml::parse(text, path_);
    if (!parsed) {
      const toml::parse_error& error = parsed.error();
      return At(error.source()) + std::string(error.description());
    }
    ReadFile(parsed.table());
    return error_;
  }

 private:
  using Addition = PolicyFile::Addition;

  std::string At(const toml::source_region& source) const {
    return path_ + ":" + std::to_string(source.begin.line) + ":" +
           std::to_string(source.begin.column) + ": ";
  }

  std::string FirstNonAscii(std::string_view text) const {
    size_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (static_cast<unsigned char>(text[i]) >= 0x80) {
        return path_ + ":" + std::to_string(line) + ":" +
               std::to_string(i - start + 1) +
               ": is not ASCII; a policy file has no other characters";
      }
      if (text[i] == '\n') {
        ++line;
        start = i + 1;
      }
    }
    return {};
  }

  void Fail(const toml::node& where, const std::string& what) {
    if (error_.empty()) error_ = At(where.source()) + what;
  }

  // Every key of `table` is one of `keys`.
  void CheckKeys(const toml::table& table,
                 std::initializer_list<std::string_view> keys) {
    for (const auto& [key, value] : table) {
      if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) {
        continue;
      }
      std::string known;
      for (const std::string_view each : keys) {
        known += (known.empty() ? "" : ", ") + std::string(each);
      }
      if (error_.empty()) {
        error_ = At(key.source()) + "\"" + std::string(key.str()) +
                 "\" is no key here; there is " + known;
      }
    }
  }

  // Null iff `key` is not there; another type than a string's is an error.
  const toml::value<std::string>* String(const toml::table& table,
                                         std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return nullptr;
    const toml::value<std::string>* text = node->as_string();
    if (text == nullptr) {
      Fail(*node, std::string(key) + " must be a string");
    } else if (InOneLine(**text) != **text) {
      // It is printed in reports, perhaps to a terminal.
      Fail(*node, std::string(key) + " has a control character");
    }
    return text;
  }

  void ReadFile(const toml::table& table) {
    CheckKeys(table, {"inherit", "name", "allow", "rule"});
    const toml::value<std::string>* inherit = String(table, "inherit");
    if (inherit == nullptr) {
      return Fail(table, "inherit = \"PRESET\" is missing; there is " +
                             InheritablePresets());
    }
    const Policy* preset = FindPreset(**inherit);
    if (preset == nullptr || !IsInheritable(*preset)) {
      return Fail(*inherit, "\"" + **inherit + "\" is no preset; there is " +
                                InheritablePresets());
    }
    file_->inherit_ = **inherit;
    if (const auto* name = String(table, "name")) {
      if ((*name)->empty()) return Fail(*name, "name is empty");
      const Policy* other = FindPreset(**name);
      if (other != nullptr && other != preset && IsInheritable(*other)) {
        return Fail(*name, "\"" + **name + "\" is the name of a preset");
      }
      file_->name_ = **name;
    }
    if (const toml::node* allow = table.get("allow")) ReadAllow(*allow);
    if (const toml::node* rules = table.get("rule")) ReadRules(*rules);
  }

  void ReadAllow(const toml::node& node) {
    const toml::array* names = node.as_array();
    if (names == nullptr) {
      return Fail(node, "allow must be a list, such as [\"@sleep\"]");
    }
    for (const toml::node& each : *names) {
      const toml::value<std::string>* name = each.as_string();
      if (name == nullptr || (*name)->empty()) {
        return Fail(each, "allow takes names of calls and groups");
      }
      Addition addition;
      addition.where = At(each.source());
      addition.allow = **name;
      file_->additions_.push_back(std::move(addition));
    }
  }

  void ReadRules(const toml::node& node) {
    const toml::array* rules = node.as_array();
    if (rules == nullptr) return Fail(node, "write a rule as [[rule]]");
    for (const toml::node& each : *rules) {
      const toml::table* rule = each.as_table();
      if (rule == nullptr) return Fail(each, "write a rule as [[rule]]");
      ReadRule(*rule);
      if (!error_.empty()) return;
    }
  }

  void ReadRule(const toml::table& table) {
    CheckKeys(table, {"call", "action", "error", "arguments", "reason"});
    Addition addition;
    const SyscallInfo* info = ReadCall(table, &addition);
    if (info == nullptr) return;
    ReadAction(table, &addition.rule);
    const toml::value<std::string>* reason = String(table, "reason");
    if (reason == nullptr || (*reason)->empty()) {
      return Fail(table, "a rule needs a reason");
    }
    addition.reason = **reason;
    if (const toml::node* arguments = table.get("arguments")) {
      ReadArguments(*arguments, *info, &addition.rule);
    }
    if (error_.empty()) file_->additions_.push_back(std::move(addition));
  }

  const SyscallInfo* ReadCall(const toml::table& table, Addition* addition) {
    const toml::value<std::string>* call = String(table, "call");
    if (call == nullptr) {
      Fail(table, "a rule needs call = \"NAME\"");
      return nullptr;
    }
    std::string_view name = **call;
    addition->safety = PolicyBuilder::TakeSafety(&name);
    const SyscallInfo* info = FindSyscallByName(name.data(), name.size());
    if (info == nullptr) {
      Fail(*call, "no system call has the name \"" + std::string(name) + "\"");
      return nullptr;
    }
    addition->where = At(call->source());
    addition->rule.syscall = info->number;
    return info;
  }

  void ReadAction(const toml::table& table, Rule* rule) {
    const toml::value<std::string>* action = String(table, "action");
    if (action == nullptr) {
      return Fail(table, "a rule needs action = \"NAME\"");
    }
    const auto* known =
        std::find_if(std::begin(kActions), std::end(kActions),
                     [&](const ActionName& a) { return a.name == **action; });
    if (known == std::end(kActions)) {
      return Fail(*action, "\"" + **action +
                               "\" is no action; use allow, errno, refuse, "
                               "violation or kill");
    }
    rule->action = known->action;
    const bool answers =
        rule->action == Action::kErrno || rule->action == Action::kRefuse;
    const toml::value<std::string>* error = String(table, "error");
    if (answers != (error != nullptr)) {
      return Fail(error != nullptr ? *error : *action,
                  answers ? "errno and refuse need error = \"EACCES\" or such"
                          : "only errno and refuse have an error");
    }
    if (!answers) return;
    const std::optional<int> number = ErrnoOf(**error);
    if (!number) {
      return Fail(*error, "\"" + **error + "\" is no errno, such as EACCES");
    }
    rule->error = *number;
  }

  void ReadArguments(const toml::node& node, const SyscallInfo& info,
                     Rule* rule) {
    const toml::array* arguments = node.as_array();
    if (arguments == nullptr) {
      return Fail(node,
                  "arguments must be a list, such as "
                  "[{ index = 0, equals = 1 }]");
    }
    for (const toml::node& each : *arguments) {
      const toml::table* argument = each.as_table();
      if (argument == nullptr) {
        return Fail(each, "an argument is { index = 0, equals = 1 }");
      }
      if (rule->condition_count == kMaxConditions) {
        return Fail(each, "a rule compares at most " +
                              std::to_string(kMaxConditions) + " arguments");
      }
      ReadArgument(*argument, info, rule);
      if (!error_.empty()) return;
    }
  }

  void ReadArgument(const toml::table& table, const SyscallInfo& info,
                    Rule* rule) {
    CheckKeys(table, {"index", "equals", "mask"});
    const std::optional<int64_t> index = Integer(table, "index");
    if (!index) return Fail(table, "an argument needs index = 0 or such");
    if (*index < 0 || *index >= info.arg_count) {
      return Fail(table, std::string(info.name) + " has no argument " +
                             std::to_string(*index) + "; it has " +
                             std::to_string(info.arg_count) +
                             ", counted from 0");
    }
    const ArgFormat format = info.args[*index];
    ArgCondition& condition = rule->conditions[rule->condition_count++];
    condition = {static_cast<uint8_t>(*index), ArgBits(format), 0};
    if (const std::optional<int64_t> mask = Integer(table, "mask")) {
      condition.mask = static_cast<uint64_t>(*mask) & ArgBits(format);
    }
    if (const toml::node* equals = table.get("equals")) {
      ReadValue(*equals, &condition);
    } else {
      Fail(table, "an argument needs equals = 1 or such");
    }
  }

  void ReadValue(const toml::node& equals, ArgCondition* condition) {
    if (const toml::value<std::string>* word = equals.as_string()) {
      if (**word != "pid") return Fail(equals, "use a number, or \"pid\"");
      if (condition->mask != kLow32) {
        return Fail(equals, "\"pid\" is compared with a whole 32-bit argument");
      }
      condition->value = kOwnPid;
      return;
    }
    const toml::value<int64_t>* number = equals.as_integer();
    if (number == nullptr) return Fail(equals, "use a number, or \"pid\"");
    condition->value = static_cast<uint64_t>(**number);
    // A negative int is written as one, whatever its width.
    if (**number < 0) condition->value &= condition->mask;
    if ((condition->value & ~condition->mask) != 0) {
      return Fail(equals, "the value lies outside the compared bits");
    }
    if (condition->value == kOwnPid) {
      return Fail(equals, "that value stands for \"pid\"");
    }
  }

  std::optional<int64_t> Integer(const toml::table& table,
                                 std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const toml::value<int64_t>* number = node->as_integer();
    if (number == nullptr) {
      Fail(*node, std::string(key) + " must be a number");
      return std::nullopt;
    }
    return **number;
  }

  const std::string path_;
  PolicyFile* const file_;
  std::string error_;
};

std::string PolicyFile::Parse(std::string_view text, const std::string& path,
                              PolicyFile* file) {
  *file = {};
  return InOneLine(PolicyFileReader(path, file).Read(text));
}

std::string PolicyFile::ApplyTo(PolicyBuilder* builder) const {
  if (!name_.empty()) builder->SetName(name_);
  for (const Addition& addition : additions_) {
    Rule rule = addition.rule;
    rule.reason = addition.reason.c_str();
    const std::string error = addition.allow.empty()
                                  ? builder->Add(rule, addition.safety)
                                  : builder->Allow(addition.allow);
    if (!error.empty()) return InOneLine(addition.where + error);
  }
  return {};
}

}  // namespace cellblock
