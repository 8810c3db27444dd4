// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUN_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUN_H_

#include "tools/jailrun/options.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// Carries out what the command line asks for, from the search for the program
// to its verdict. Prints nothing.
//
//   find and inspect ─► policy ─► start ─► bind and prove the filter (while
//   the program loads) ─► supervise ─► judge
//
// Errors: none of its own; what cannot be done is the verdict kSetupFailed, or
// an exit code of 126 or 127, with a reason and an advice.
RunRecord Run(const Options& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUN_H_
