// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_words.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

namespace cellblock {
namespace {

constexpr char kHelp[] =
    R"(Usage: jailrun policy show [POLICY] [--bpf] [--json]
       jailrun policy check POLICY... [--threshold=N] [--json]
       jailrun policy diff POLICY POLICY [--json]
       jailrun policy explain CALL [POLICY] [--json]
       jailrun policy export POLICY --format=oci|systemd|bpf|toml

Shows what a policy allows; runs nothing. POLICY is the name of a preset or the
path of a policy file [decoder].

  show       the table; --bpf: the filter, proved to be the table's
  check      compiles and proves it, and says how much it leaves open
  diff       the calls that two policies decide differently
  explain    one system call: who allows it, and what would
  export     as a profile for a container, a unit for systemd, the filter
             itself, or a policy file

  --allow=CALL, --rw=PATH   added to each policy, as for a run; repeatable
  --threshold=N             the highest score that passes, 0 to 10
  --json                    one JSON document

Exit codes: 0; 1 check does not pass, or the policies differ; 125 an error.
A program of the name "policy" is run by: jailrun -- policy
)";

constexpr char kSeeHelp[] = "; see jailrun policy --help";

struct Verb {
  std::string_view name;
  PolicyVerb verb;
  size_t least;  // arguments
  size_t most;
  std::string_view flags;  // each with a space behind it
};

constexpr size_t kAnyNumber = 1000;

constexpr Verb kVerbs[] = {
    {"show", PolicyVerb::kShow, 0, 1, "--allow --rw --json --bpf "},
    {"check", PolicyVerb::kCheck, 1, kAnyNumber,
     "--allow --rw --json --threshold "},
    {"diff", PolicyVerb::kDiff, 2, 2, "--allow --rw --json "},
    {"explain", PolicyVerb::kExplain, 1, 2, "--allow --rw --json "},
    {"export", PolicyVerb::kExport, 1, 1, "--allow --rw --format "}};

constexpr struct {
  std::string_view name;
  ExportFormat format;
} kFormats[] = {{"oci", ExportFormat::kOci},
                {"systemd", ExportFormat::kSystemd},
                {"bpf", ExportFormat::kBpf},
                {"toml", ExportFormat::kToml}};

bool TakesValue(std::string_view flag) {
  return flag != "--json" && flag != "--bpf";
}

// Goes through the words once; the first error ends it.
class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {}

  ParsedPolicyWords Parse() {
    if (words_.empty()) {
      Fail("policy: use show, check, diff, explain or export");
    } else if (IsHelp(words_[0])) {
      parsed_.output = kHelp;
    } else if (FindVerb(words_[0])) {
      while (++at_ < words_.size() && Going()) ReadWord();
      if (Going()) CheckWhole();
    } else {
      Fail("policy " + words_[0] +
           ": no such command; use show, check, diff, explain or export");
    }
    return std::move(parsed_);
  }

 private:
  static bool IsHelp(const std::string& word) {
    return word == "--help" || word == "-h";
  }

  bool Going() const { return parsed_.error.empty() && parsed_.output.empty(); }

  void Fail(const std::string& error) { parsed_.error = error + kSeeHelp; }

  bool FindVerb(const std::string& name) {
    verb_ = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                         [&](const Verb& verb) { return verb.name == name; });
    if (verb_ == std::end(kVerbs)) return false;
    parsed_.words.verb = verb_->verb;
    return true;
  }

  void ReadWord() {
    const std::string& word = words_[at_];
    if (IsHelp(word)) {
      parsed_.output = kHelp;
    } else if (word.size() > 1 && word[0] == '-') {
      ReadFlag(word);
    } else if (word.empty()) {
      Fail("policy " + std::string(verb_->name) + ": an argument is empty");
    } else {
      parsed_.words.arguments.push_back(word);
    }
  }

  void ReadFlag(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    if (verb_->flags.find(flag + " ") == std::string_view::npos) {
      return Fail(flag + ": no option of policy " + std::string(verb_->name));
    }
    if (!TakesValue(flag)) {
      if (equals != std::string::npos) return Fail(flag + ": takes no value");
      return SetForm(flag);
    }
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (at_ + 1 < words_.size()) {
      value = words_[++at_];
    }
    if (value.empty()) return Fail(flag + ": the value is empty");
    SetValue(flag, value);
  }

  void SetForm(const std::string& flag) {
    const OutputForm form =
        flag == "--json" ? OutputForm::kJson : OutputForm::kListing;
    if (parsed_.words.form != OutputForm::kText && parsed_.words.form != form) {
      return Fail("--json and --bpf exclude each other");
    }
    parsed_.words.form = form;
  }

  void SetValue(const std::string& flag, const std::string& value) {
    if (flag == "--allow") {
      parsed_.words.additions.allowed.push_back(value);
    } else if (flag == "--rw") {
      // Which path is Landlock's to know: the filter is the same for all.
      parsed_.words.additions.writes = true;
    } else if (flag == "--threshold") {
      SetThreshold(value);
    } else {
      SetFormat(value);
    }
  }

  void SetThreshold(const std::string& value) {
    double number = -1;
    const char* const end = value.data() + value.size();
    const auto [rest, code] = std::from_chars(value.data(), end, number);
    const bool is_score =
        code == std::errc() && rest == end && number >= 0 && number <= 10;
    if (!is_score) {
      return Fail("--threshold=" + value + ": use a score from 0 to 10");
    }
    parsed_.words.threshold_tenths = static_cast<int>(std::lround(number * 10));
  }

  void SetFormat(const std::string& value) {
    for (const auto& [name, format] : kFormats) {
      if (value != name) continue;
      parsed_.words.format = format;
      has_format_ = true;
      return;
    }
    Fail("--format=" + value + ": use oci, systemd, bpf or toml");
  }

  void CheckWhole() {
    const std::string name = "policy " + std::string(verb_->name);
    const size_t count = parsed_.words.arguments.size();
    if (count < verb_->least) return Fail(name + ": too few arguments");
    if (count > verb_->most) {
      return Fail(name + ": one argument too many, '" +
                  parsed_.words.arguments[verb_->most] + "'");
    }
    if (verb_->verb == PolicyVerb::kExport && !has_format_) {
      Fail(name + ": say --format=oci, systemd, bpf or toml");
    }
  }

  const std::vector<std::string>& words_;
  size_t at_ = 0;
  const Verb* verb_ = nullptr;
  bool has_format_ = false;
  ParsedPolicyWords parsed_;
};

}  // namespace

ParsedPolicyWords ParsePolicyWords(const std::vector<std::string>& words) {
  return Parser(words).Parse();
}

}  // namespace cellblock
