// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_END_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_END_TEXT_H_

#include <cstdint>
#include <string>

#include "tools/jailrun/report_lines.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// The lines of how a run ended: the violation, the exhaustion, the limit, the
// signal, or why it was never started.
void AddEnd(const RunRecord& record, ReportLines* lines);

// The forbidden calls that did not end it.
void AddTolerated(const RunRecord& record, ReportLines* lines);

// "once", "2 times"
std::string Times(uint64_t count);

// "exit code 124", of jailrun itself; under --exit-map=engine with what it
// would have been for a shell, where that differs.
std::string ExitWords(const RunRecord& record);

// "1.50 ms"
std::string Milliseconds(int64_t microseconds);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_END_TEXT_H_
