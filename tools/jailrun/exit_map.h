// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXIT_MAP_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXIT_MAP_H_

#include <cstdint>

#include "jail/verdict.h"

namespace cellblock {

// Who reads jailrun's exit code.
enum class ExitMap : uint8_t {
  // People and shells: the program's own code or jail/exit_code.h; of a batch 0
  // or 1.
  kShell,
  kEngine,  // a scheduler, which has to know whether to try again
};

// What a scheduler does next. The numbers are those of sysexits.h.
enum class EngineCode : int {
  kOk = 0,
  kPoison = 65,         // the input ends so each time: set it aside
  kRetry = 75,          // load or an outsider may have caused it: try again
  kConfiguration = 78,  // nothing was run, and nothing will be: mend the call
};

[[nodiscard]] EngineCode EngineCodeFor(VerdictClass verdict_class,
                                       bool permanent);

// Of one run.
[[nodiscard]] int MapExit(ExitMap map, const Verdict& verdict);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXIT_MAP_H_
