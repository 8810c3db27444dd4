// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_TEXT_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// The report in words, every line prefixed "jailrun: "; empty iff
// `record.options.report` wants none of this run, and of what --auto-load
// learned. What comes from the command line or the program is shown with
// control characters escaped.
std::string TextReport(const RunRecord& record);

// One line, prefixed, for what ends before anything is run.
std::string ErrorLine(const std::string& error);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_TEXT_H_
