// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "jail/verdict.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// How the program of a run came to its main.
enum class StartedBy : uint8_t {
  kExec,      // executed for this input alone
  kTemplate,  // forked from a process that had come as far before
};

const char* Name(StartedBy started_by);

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
  StartedBy started_by = StartedBy::kExec;
  std::string why_no_template = {};  // where there was to be one; or empty
  SetupFault setup_fault = SetupFault::kAnyRun;
};

// Of a run, as its report would say.
[[nodiscard]] Outcome OutcomeOf(const RunRecord& record);

// For another process, which reads it with ReadOutcome. Bytes that are not
// UTF-8 are replaced.
[[nodiscard]] std::string OutcomeText(const Outcome& outcome);

// Empty iff it is no OutcomeText, or not all of one.
[[nodiscard]] std::optional<Outcome> ReadOutcome(const std::string& text);

// The class that is called `name`. Empty iff none is.
[[nodiscard]] std::optional<VerdictClass> FindVerdictClass(
    const std::string& name);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_OUTCOME_H_
