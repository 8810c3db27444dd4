// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_PAGE_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_PAGE_H_

#include <string>

#include "tools/jailrun/report_command/stored_report.h"

namespace cellblock {

// A report as one page of HTML with all that it needs in it. Whatever the
// report holds is text on it: it is escaped, and the page's
// Content-Security-Policy runs no script and loads nothing but what is known
// here by its hash.
std::string ReportPage(const StoredReport& stored);

// The same, of a run that has just ended; `json` is its JsonReport().
std::string ReportPage(const std::string& json, ExitMap exit_map);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_PAGE_H_
