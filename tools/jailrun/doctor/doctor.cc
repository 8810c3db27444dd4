// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/doctor.h"

#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "jail/exit_code.h"
#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/doctor/child.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHelp[] =
    "Usage: jailrun doctor [--json]\n\n"
    "Tells what this kernel and container can enforce: one line for each\n"
    "check, with what it means for a run and what to do. Exit codes: 0 a\n"
    "default run can be locked; 1 it cannot. For a program of this name:\n"
    "jailrun -- doctor\n";

struct Result {
  const Check* check;
  Finding finding;

  bool ok() const { return finding.state == CheckState::kOk; }
};

using Results = std::vector<Result>;

const char* Name(CheckState state) {
  switch (state) {
    case CheckState::kOk:
      return "ok";
    case CheckState::kLimited:
      return "limited";
    case CheckState::kMissing:
      return "missing";
    case CheckState::kUnknown:
      break;
  }
  return "unknown";
}

const char* Name(Need need) {
  switch (need) {
    case Need::kRequired:
      return "required";
    case Need::kOptional:
      return "optional";
    case Need::kInformation:
      break;
  }
  return "information";
}

Results LookAtAll() {
  // An ignored SIGCHLD would have the kernel throw away how a child ended.
  signal(SIGCHLD, SIG_DFL);
  Results results;
  for (const Check& check : AllChecks()) {
    results.push_back({&check, check.place == Place::kHere
                                   ? check.look()
                                   : LookInChild(check)});
  }
  return results;
}

// Empty iff none of those checks is in that state.
std::string Names(const Results& results, Need need, CheckState state) {
  std::string names;
  for (const Result& result : results) {
    if (result.check->need != need || result.finding.state != state) continue;
    names += (names.empty() ? "" : ", ") + std::string(result.check->name);
  }
  return names;
}

// What is missing, or, if nothing is, what could not be tried. Empty iff a run
// has all of it.
std::string AbsentNames(const Results& results, Need need) {
  const std::string missing = Names(results, need, CheckState::kMissing);
  return missing.empty() ? Names(results, need, CheckState::kUnknown) : missing;
}

std::string VerdictText(const Results& results) {
  const std::string required = AbsentNames(results, Need::kRequired);
  if (!required.empty()) {
    return "jailrun cannot confine programs here: " + required;
  }
  const std::string optional = AbsentNames(results, Need::kOptional);
  return "jailrun can confine programs here, with every layer" +
         (optional.empty() ? optional : " but " + optional);
}

std::string Padded(std::string_view word, size_t width) {
  std::string padded(word);
  padded.append(width > word.size() ? width - word.size() : 0, ' ');
  return padded + " ";
}

std::string Line(const Result& result) {
  const Check& check = *result.check;
  std::string line = Padded(check.name, 19) +
                     Padded(Name(result.finding.state), 7) +
                     Escaped(result.finding.detail);
  if (!result.ok()) {
    line += std::string("; ") + check.consequence + "; to do: " + check.fix;
  }
  return line + "\n";
}

std::string Text(const Results& results) {
  std::string text;
  for (const Result& result : results) text += Line(result);
  return text + VerdictText(results) + "\n";
}

Json CheckJson(const Result& result) {
  const Check& check = *result.check;
  Json json = {
      {"name", check.name},       {"state", Name(result.finding.state)},
      {"need", Name(check.need)}, {"detail", result.finding.detail},
      {"consequence", nullptr},   {"fix", nullptr}};
  if (!result.ok()) {
    json["consequence"] = check.consequence;
    json["fix"] = check.fix;
  }
  return json;
}

std::string JsonText(const Results& results, int exit_code) {
  Json checks = Json::array();
  for (const Result& result : results) checks.push_back(CheckJson(result));
  const Json json = {{"jailrun", kVersion},
                     {"checks", checks},
                     {"verdict",
                      {{"can_confine", exit_code == 0},
                       {"exit_code", exit_code},
                       {"text", VerdictText(results)}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

bool IsDoctor(int argc, char** argv) {
  return argc > 1 && std::string_view(argv[1]) == "doctor";
}

int Doctor(int argc, char** argv, std::string* output, std::string* error) {
  constexpr int kMisuse = static_cast<int>(ExitCode::kSetupFailed);
  const std::string_view word = argc > 2 ? argv[2] : "";
  if (argc == 3 && (word == "--help" || word == "-h")) {
    *output = kHelp;
    return 0;
  }
  const bool as_json = argc == 3 && word == "--json";
  if (argc > 2 && !as_json) {
    *error = "doctor " + Escaped(argc > 3 ? argv[3] : word) +
             ": it takes --json and nothing else; for a program of this name: "
             "jailrun -- doctor";
    return kMisuse;
  }
  const Results results = LookAtAll();
  const int exit_code = AbsentNames(results, Need::kRequired).empty() ? 0 : 1;
  *output = as_json ? JsonText(results, exit_code) : Text(results);
  return exit_code;
}

}  // namespace cellblock
