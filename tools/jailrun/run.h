// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUN_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUN_H_

#include <chrono>

#include "tools/jailrun/options.h"
#include "tools/jailrun/preparation.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/supervisor.h"
#include "tools/jailrun/template/program_template.h"

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

// What runs that follow each other share.
struct RunStart {
  const Preparation* prepared;
  SignalForwarder* signals;
  // What the program's process comes from; null: it is executed. Then the
  // options have the pool, and all else but the command, of the template's.
  ProgramTemplate* program_template = nullptr;
  Explanation explanation = Explanation::kWhole;
  std::chrono::steady_clock::time_point began;
};

// The same for a program that was found: `options` may differ from those that
// were prepared in the command, as Preparation::ArgumentsFor has it, and in the
// pool.
RunRecord Run(const Options& options, const RunStart& start);

// Of what could not even be prepared.
RunRecord RefusedRun(const Options& options, const Preparation& prepared,
                     const Refusal& refusal);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUN_H_
