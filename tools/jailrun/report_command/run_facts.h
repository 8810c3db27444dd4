// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_FACTS_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/jailrun/report_command/run_diff.h"
#include "tools/jailrun/report_command/stored_report.h"

namespace cellblock {

// One thing that can be compared between runs.
struct RunFact {
  std::string text;                // as it is shown
  std::optional<uint64_t> number;  // iff it is one
  Weight weight = Weight::kCounts;
};

// What two runs are compared by: names, in the report's order, and what is so
// called. A name is there once.
using RunFacts = std::vector<std::pair<std::string, RunFact>>;

RunFacts FactsOf(const StoredReport& stored);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_FACTS_H_
