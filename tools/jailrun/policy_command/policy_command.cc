// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_command.h"

#include <string_view>
#include <utility>

#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

PolicyOutcome Dispatch(const PolicyWords& words) {
  switch (words.verb) {
    case PolicyVerb::kShow:
      return Show(words);
    case PolicyVerb::kCheck:
      return Check(words);
    case PolicyVerb::kDiff:
      return Diff(words);
    case PolicyVerb::kExplain:
      return Explain(words);
    case PolicyVerb::kExport:
      return Export(words);
  }
  return {};
}

}  // namespace

bool IsPolicyCommand(int argc, char** argv) {
  return argc > 1 && std::string_view(argv[1]) == "policy";
}

PolicyOutcome RunPolicyCommand(int argc, char** argv) {
  ParsedPolicyWords parsed = ParsePolicyWords({argv + 2, argv + argc});
  if (!parsed.output.empty()) return {.output = std::move(parsed.output)};
  PolicyOutcome outcome =
      parsed.error.empty() ? Dispatch(parsed.words) : PolicyError(parsed.error);
  for (std::string& error : outcome.errors) error = Escaped(error);
  return outcome;
}

}  // namespace cellblock
