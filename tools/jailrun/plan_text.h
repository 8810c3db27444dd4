// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PLAN_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_PLAN_TEXT_H_

#include "tools/jailrun/report_lines.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// The lines of --dry-run: what would be started, and how.
void AddPlan(const RunRecord& record, ReportLines* lines);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PLAN_TEXT_H_
