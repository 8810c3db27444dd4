// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_WORDS_H_

#include <span>
#include <string>
#include <string_view>

#include "tools/jailrun/options.h"

namespace cellblock {

// What `jailrun learn` is asked.
struct LearnWords {
  Options options;          // of the run; mode is kLearning
  std::string policy_file;  // to be written; empty: none
  bool verify = false;      // run what is suggested, once
  std::string error;        // one line; empty iff the words can be used
  std::string output;       // of --help; then nothing is to be run
};

// Its own options, for the manual page and completions.
struct LearnFlagHelp {
  const char* name;   // "--output"
  const char* value;  // empty: it takes none
  const char* help;
};

std::span<const LearnFlagHelp> LearnFlags();

// Those of a run that it takes too, without "--": they change what is learned,
// or where it is told.
std::span<const std::string_view> LearnRunFlags();

// `argv` begins with jailrun and "learn". Errors: as `error` says.
LearnWords ParseLearnWords(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARN_WORDS_H_
