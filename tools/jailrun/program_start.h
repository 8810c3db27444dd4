// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROGRAM_START_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROGRAM_START_H_

#include <string>
#include <vector>

#include "jail/inherited_signals.h"
#include "jail/landlock.h"
#include "jail/launch.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/preparation.h"
#include "tools/jailrun/profile/call_counter.h"
#include "tools/jailrun/shared_control.h"

namespace cellblock {

// How a program is executed with the runtime in it.
struct ProgramStart {
  const Options* options;
  const Preparation* prepared;
  std::vector<std::string> arguments;
  const InheritedSignals* signals;
  const FileConfinement* landlock;  // null: none
  Necessity landlock_necessity;
  const CallCounter* calls = nullptr;  // traces the program; null: nobody does
};

// What a template does not get, and what comes from it does.
bool IsOfCpuTime(const ResourceLimit& limit);

// Fills in what the runtime is told, of what `shared` was created with, and
// starts the program. `runtime_fds` gets the numbers of what it inherits for
// the runtime. Errors: as those of Launch.
[[nodiscard]] Launched StartProgram(const ProgramStart& start,
                                    SharedControl* shared,
                                    std::vector<int>* runtime_fds);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROGRAM_START_H_
