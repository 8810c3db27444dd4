// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_SECTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_SECTIONS_H_

#include <string>

#include "tools/jailrun/report_command/stored_report.h"

namespace cellblock {

// Parts of a page, in HTML; empty where a run has nothing to tell of it. All
// can be read without JavaScript; charts are drawn by it into what is here.

// Whether the program was started at all.
inline bool Ran(const RunRecord& record) {
  return record.verdict.verdict_class != VerdictClass::kSetupFailed &&
         record.options.mode != Mode::kDryRun;
}

// The program's name, or of one that was not found that which was asked for.
std::string ProgramName(const RunRecord& record);

// The program, its verdict, and the figures that matter first.
std::string HeadSection(const RunRecord& record);

// What ended it: the forbidden call, or what the pool refused; and the calls
// that were tolerated.
std::string CauseSections(const RunRecord& record);

// The pool over time and in memory, allocations by size, what was live at the
// peak; without a profile, how to get one.
std::string ProfileSections(const StoredReport& stored);

// Calls before and after the lock, and those that were answered with an errno.
std::string CallsSection(const StoredReport& stored);

// Every layer of the confinement, and what the run was given.
std::string PostureSection(const RunRecord& record);

// "<section id=...><h2>title</h2>content</section>"
std::string Section(const std::string& id, const std::string& title,
                    const std::string& content);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PAGE_SECTIONS_H_
