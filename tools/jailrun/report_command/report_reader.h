// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_READER_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_READER_H_

#include "tools/jailrun/report_command/json_node.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// A report in JSON as the record that it was made of: JsonReport() of it is
// that report again, but for members that are not known here, which are passed
// over. Options that no report tells of are as they are by default, and
// `options.report` is kAlways.
//
// Errors: those of JsonNode; numbers that no run has, such as times of years,
//   are errors too.
RunRecord ReadReport(const JsonNode& report);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_READER_H_
