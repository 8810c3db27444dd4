// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_DIFF_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_DIFF_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/report_command/stored_report.h"

namespace cellblock {

// Whether a difference makes two runs different.
enum class Weight : uint8_t {
  kCounts,
  kShown,  // as of time: no two runs have the same
};

// One thing that two runs do not have in common. Texts are not yet for a
// terminal.
struct RunDifference {
  std::string what;  // "pool.peak_bytes", as the report's keys
  std::string a;     // "none": it is not there
  std::string b;
  std::optional<uint64_t> number_a;  // iff it is one
  std::optional<uint64_t> number_b;
  std::string change;  // "+12.5 %", or empty
  Weight weight = Weight::kCounts;
};

struct RunDiff {
  std::string source_a;
  std::string source_b;
  std::vector<RunDifference> differences;
  bool differ = false;  // iff one of them counts
};

// The verdict, the pool, the calls, the posture and so on of two runs. Left out
// is what tells nothing of a run by itself: addresses, numbers of processes and
// threads, and the profile, but for its calls.
RunDiff CompareRuns(const StoredReport& a, const StoredReport& b);

// For people; one line if there is nothing to tell. Control characters are
// escaped.
std::string TextOf(const RunDiff& diff);

// One document, and the end of the line.
std::string JsonOf(const RunDiff& diff);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_RUN_DIFF_H_
