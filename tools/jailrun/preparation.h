// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PREPARATION_H_
#define CELLBLOCK_TOOLS_JAILRUN_PREPARATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/chosen_environment.h"
#include "tools/jailrun/limits.h"
#include "tools/jailrun/load_list.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/program.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run_policy.h"
#include "tools/jailrun/runtime_library.h"

namespace cellblock {

// What is found out before a program is started, and is the same for all runs
// of it with the same options, whatever its arguments.
//
// Lifecycle: Make once; then any number of runs, one at a time. `options` has
//   to outlive it.
// Threads: one.
struct Preparation {
  explicit Preparation(const Options& options);

  // Enters --chdir, too. Refuses iff the options or the program are no good.
  [[nodiscard]] std::optional<Refusal> Make();

  LibraryPaths library_paths() const;

  // What execve gets for `command`, which has as many words as that of
  // `options` and differs from it behind the first at most.
  std::vector<std::string> ArgumentsFor(
      const std::vector<std::string>& command) const;

  bool Allows(uint32_t call) const;

  const Options& options;
  ChosenEnvironment environment;
  RunPolicy policy;
  bool starts_threads = false;  // the policy lets them
  Program program;
  LoadList loads;
  AskedLimits limits;
  RuntimeLibrary runtime;
  std::string home;  // of HomeDirectory
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PREPARATION_H_
