// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LIMITS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LIMITS_H_

#include <optional>
#include <vector>

#include "jail/launch.h"
#include "jail/verdict.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// The limits that the options ask for, as the program is to have them: where
// this process has a lower one, it stays.
//
// CPU time has its hard limit a second behind the soft one, so that a program
// which catches SIGXCPU may tidy up, and ends nevertheless.
struct AskedLimits {
  std::vector<ResourceLimit> limits;
  CpuLimit cpu;
};

// Errors: refuses iff a stack is asked for that is larger than this process may
// give. Syscalls: prlimit64, for each that is asked for.
[[nodiscard]] std::optional<Refusal> FindLimits(const Options& options,
                                                AskedLimits* asked);

// Fills in `reason` and `advice` of a run that a limit ended, and of no other.
void ExplainLimit(const AskedLimits& asked, RunRecord* record);

// The posture's lines of the limits. `confined`: those that every confined
// program has are in force.
void AddLimitLayers(const Options& options, LayerState confined,
                    std::vector<Layer>* posture);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LIMITS_H_
