// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_STORED_REPORT_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_STORED_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tools/jailrun/report_command/json_node.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// A report that was written earlier, whole and checked.
struct StoredReport {
  std::string source;  // "runs.json:3"
  ReportJson json;
  RunRecord record;    // made of it
  ReportJson profile;  // its `profile`; null: there is none that can be shown
  std::string profile_missing;  // why not, if it is there; else empty
};

// Takes one line of a report in JSON apart.
// Errors: as returned, or nothing; what is not JSON, nests deeper than a report
//   does or has more members than one, and what ReadReport or CheckProfile
//   refuse. Nothing in `text` can do more harm than that.
std::string ParseReport(const std::string& text, StoredReport* stored);

// Reads a report from the file `path`, which has one on each line that is not
// empty; "-" is standard input. `line` counts from 1; none: the last.
//
// Errors: as returned, or nothing; it names the file, the line and what is the
//   matter: the file cannot be read, has no such line, or ParseReport refuses
//   it. Lines of more than 16 MiB are refused.
// Syscalls: open, read, close.
std::string LoadReport(const std::string& path, std::optional<uint64_t> line,
                       StoredReport* stored);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_STORED_REPORT_H_
