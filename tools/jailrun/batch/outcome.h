// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "jail/verdict.h"

namespace cellblock {

// How one run of one input ended.
struct Outcome {
  VerdictClass verdict_class = VerdictClass::kSetupFailed;
  bool permanent = false;
  int exit_code = 0;  // as jailrun's own would be
  std::optional<int> program_exit_code = {};
  std::optional<int> signal = {};
  std::string reason = {};  // of a set-up failure, a violation …; or empty
  uint64_t pool_bytes = 0;
  uint64_t pool_peak_bytes = 0;
  uint64_t suggested_pool_bytes = 0;  // 0: not known
  int64_t wall_us = 0;
  int64_t cpu_us = 0;
};

// From the report of a run in JSON. Empty iff it is none.
[[nodiscard]] std::optional<Outcome> ReadOutcome(const std::string& report);

// The class that is called `name`. Empty iff none is.
[[nodiscard]] std::optional<VerdictClass> FindVerdictClass(
    const std::string& name);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_
