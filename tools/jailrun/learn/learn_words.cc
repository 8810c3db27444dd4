// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/learn_words.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr char kHelp[] =
    R"(Usage: jailrun learn [OPTIONS] [--] PROGRAM [ARGUMENTS]

Runs a program once, WITHOUT a jail, watches its system calls, and says with
which options it can be run in one: the smallest preset, what has to be added
and what that costs, the pool, the libraries that it loads late. What every jail
answers with an errno is answered so here. The report goes to standard error.
Another input may need more.

  --output=FILE   write a policy file, for --policy
  --verify        run what is suggested once, its output thrown away, and
                  compare the exit code; what else the program does it does
                  again
  --json-fd=N     write the report as one line of JSON to descriptor N
  --pool=SIZE, --reserve=SIZE, --zero, --uninitialized, --commit=WHEN, --pass-fd=N
                  as for a run

Exit codes: the program's own; 128+n ended by signal n; 125 it could not be
watched; 126 not executable; 127 not found. A program of the name "learn" is run
by: jailrun -- learn
)";

constexpr std::string_view kOutput = "--output";

constexpr LearnFlagHelp kFlags[] = {
    {"--output", "FILE", "write a policy file, for --policy"},
    {"--verify", "",
     "run what is suggested once, its output thrown away, and compare the exit "
     "code"},
};

constexpr std::string_view kRunFlags[] = {
    "pool", "reserve", "commit", "zero", "uninitialized", "pass-fd", "json-fd",
};

}  // namespace

std::span<const LearnFlagHelp> LearnFlags() { return kFlags; }

std::span<const std::string_view> LearnRunFlags() { return kRunFlags; }

LearnWords ParseLearnWords(int argc, char** argv) {
  LearnWords words;
  std::vector<char*> of_run = {argv[0]};
  int at = 2;
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word.size() < 2 || word[0] != '-' || word == "--") break;
    if (word == "--help" || word == "-h") {
      words.output = kHelp;
      return words;
    }
    const std::string_view name = word.substr(0, word.find('='));
    const bool joined = name.size() < word.size();
    if (name == kOutput) {
      if (!joined && at + 1 < argc) ++at;
      words.policy_file =
          joined ? std::string(word.substr(name.size() + 1)) : argv[at];
      if (words.policy_file.empty() || words.policy_file == kOutput) {
        words.error = "learn --output: the value is empty";
        return words;
      }
      continue;
    }
    if (word == "--verify") {
      words.verify = true;
      continue;
    }
    const bool known = name.starts_with("--") &&
                       std::find(std::begin(kRunFlags), std::end(kRunFlags),
                                 name.substr(2)) != std::end(kRunFlags);
    if (!known) {
      words.error = Escaped(
          "learn " + std::string(word) +
          ": no such option; what a run needs, learn finds out; see jailrun "
          "learn --help");
      return words;
    }
    of_run.push_back(argv[at]);
    const bool has_value = !FindFlag(name.substr(2))->is_switch();
    if (has_value && !joined && at + 1 < argc) {
      of_run.push_back(argv[++at]);
    }
  }
  if (at == argc) {
    words.error = "learn: no program given; see jailrun learn --help";
    return words;
  }
  if (std::string_view(argv[at]) != "--") {
    static char separator[] = "--";
    of_run.push_back(separator);
  }
  of_run.insert(of_run.end(), argv + at, argv + argc);
  const int count = static_cast<int>(of_run.size());
  of_run.push_back(nullptr);
  ParsedOptions parsed = ParseOptions(count, of_run.data());
  words.options = std::move(parsed.options);
  words.options.mode = Mode::kLearning;
  if (!parsed.error.empty()) words.error = "learn: " + parsed.error;
  return words;
}

}  // namespace cellblock
