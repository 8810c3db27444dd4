// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_OPTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/batch/command_template.h"
#include "tools/jailrun/batch/outcome.h"
#include "tools/jailrun/options.h"

namespace cellblock {

inline constexpr uint32_t kMostJobs = 1024;
inline constexpr uint32_t kDefaultRetries = 2;
inline constexpr uint32_t kMostRetries = 10;

// When the bar on standard error is shown.
enum class ShowProgress : uint8_t { kOnTerminals, kAlways, kNever };

// What the command line of `jailrun batch` asks for.
struct BatchOptions {
  Options jail;              // of each run; the command is left out
  std::string command_text;  // as it was given
  CommandTemplate command;
  std::vector<std::string> inputs;  // as arguments; empty: they are listed on
                                    // standard input
  char separator = '\n';            // of that list
  uint32_t jobs = 1;                // at a time
  std::string journal;              // a file; empty: none
  std::string output;               // what a run's output goes to, with
                                    // placeholders; empty: nowhere
  std::string quarantine;           // a file; empty: none
  uint32_t retries = kDefaultRetries;
  StartedBy start = StartedBy::kTemplate;     // where that can be
  std::optional<uint64_t> larger_pool_bytes;  // for what was exhausted
  ShowProgress progress = ShowProgress::kOnTerminals;
};

struct ParsedBatch {
  BatchOptions options;
  std::string error;   // one line; empty iff the options can be used
  std::string output;  // of --help; then nothing is to be run
};

// An option of the batch alone, as help shows it.
struct BatchFlagHelp {
  const char* name;   // "--jobs"
  const char* value;  // empty: it takes none
  const char* help;
};

[[nodiscard]] std::vector<BatchFlagHelp> AllBatchFlags();

// Of "jailrun batch ...". Options of a run may stand among those of the batch.
// Errors: as `error` says, naming the option, its value and what is accepted.
ParsedBatch ParseBatch(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_OPTIONS_H_
