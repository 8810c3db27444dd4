// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/policy_command/loaded_policy.h"

namespace cellblock {

enum class PolicyVerb : uint8_t { kShow, kCheck, kDiff, kExplain, kExport };

enum class ExportFormat : uint8_t { kOci, kSystemd, kBpf, kToml };

enum class OutputForm : uint8_t { kText, kJson, kListing };

// What the command line of `jailrun policy` asks for.
struct PolicyWords {
  PolicyVerb verb = PolicyVerb::kShow;
  std::vector<std::string> arguments;  // as many as the verb takes
  Additions additions;
  OutputForm form = OutputForm::kText;
  ExportFormat format = ExportFormat::kOci;
  std::optional<int> threshold_tenths;  // the highest score that passes
};

struct ParsedPolicyWords {
  PolicyWords words;
  std::string error;   // one line; empty iff the words can be used
  std::string output;  // of --help; then nothing is to be done
};

// `words`: what follows "jailrun policy".
// Errors: as `error` says, naming the word and what is accepted.
ParsedPolicyWords ParsePolicyWords(const std::vector<std::string>& words);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_WORDS_H_
