// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LATE_LOAD_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_LATE_LOAD_TEXT_H_

#include <string>
#include <vector>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// A library that was refused after the lock, and the option that has it there
// before.
struct LateLoad {
  std::string path;
  // "--load=@perl", not quoted for a shell; empty where none would.
  std::string option;
};

// Those that are known by name.
std::vector<LateLoad> LateLoadsOf(const RunRecord& record);

// The lines of a report that tell of them; none iff there were none.
std::vector<std::string> LateLoadLines(const RunRecord& record);

// What --load did; empty iff it was not given.
std::string LoadedText(const RunRecord& record);

// What --auto-load did, where that is not nothing.
std::vector<std::string> LearnedLines(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LATE_LOAD_TEXT_H_
