// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_JSON_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_JSON_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// The report as one line of JSON with its line end: the authority on a run.
// Bytes that are not UTF-8 are replaced. Units are in the keys: `_bytes`, `_us`
// (microseconds).
std::string JsonReport(const RunRecord& record);

// How the report calls what was done: "jailed", "dry run" …
const char* ModeName(const Options& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_JSON_H_
