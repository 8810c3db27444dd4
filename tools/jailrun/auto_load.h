// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_AUTO_LOAD_H_
#define CELLBLOCK_TOOLS_JAILRUN_AUTO_LOAD_H_

#include <string>

#include "tools/jailrun/options.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// --auto-load: runs the program, jailed as it will be and with its output
// thrown away, until it is refused no library more that can be loaded before
// the lock; then once for real.
//
//   run, learn what came too late ─► again with that loaded before ─► … ─► Run
//
// What such a run says of itself is the word of a jailed program, and what is
// loaded on it runs its constructors without a lock. So a name is no more than
// a choice among what the system's administrator put there: a preset, or a file
// below /usr or /lib that nobody else could have written (IsOfAdministrator).
//
// Lifecycle: the time limit and the other limits hold for each run; there are
//   kMostLearningRuns at the most. All but the last are in a process of their
//   own, which ends with this one.
// Errors: as of Run; and refuses, with kSetupFailed, iff WhyNotTwice.
RunRecord RunWithLearnedLoads(const Options& options);

inline constexpr uint32_t kMostLearningRuns = 16;

// Why the program cannot be run more than once without anybody noticing; empty
// iff it can: standard input can be read again, and nothing that it is given or
// allowed can be used up, written to or reach others. What it does to a file
// that it may only read does no harm.
std::string WhyNotTwice(const Options& options);

// Whether the regular file at `path`, and each directory on the way to it,
// belongs to root and can be written to by root alone. Follows symbolic links,
// so it is asked of a path without any.
bool IsOfAdministrator(const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_AUTO_LOAD_H_
