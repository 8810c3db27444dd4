// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_COMMAND_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_COMMAND_H_

namespace cellblock {

// `jailrun report`: a report that was stored, as text or as a page.
[[nodiscard]] bool IsReportCommand(int argc, char** argv);

// Returns the exit code: 0, or that of ExitCode::kSetupFailed.
// Errors: named in one line on standard error.
int RunReportCommand(int argc, char** argv);

// `jailrun diff`: two of them beside each other.
[[nodiscard]] bool IsDiffCommand(int argc, char** argv);

// Returns the exit code: 0 the same, 1 different, or as above.
int RunDiffCommand(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_COMMAND_H_
