// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PATH_GRANTS_H_
#define CELLBLOCK_TOOLS_JAILRUN_PATH_GRANTS_H_

#include <string>
#include <vector>

#include "jail/landlock.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/program.h"

namespace cellblock {

// Which files one run leaves to its program.
struct PathGrants {
  // What the command line names without an option; a part of `all`.
  std::vector<std::string> named;
  std::vector<PathGrant> all;
};

// The system's paths, what the loader opens for the program (`runtime` is the
// preloaded library), the files that its descriptors are open on, what its
// arguments name, --ro and --rw.
// Syscalls: those of NamedPaths and HeldPaths. Setup phase only.
PathGrants GrantPaths(const Options& options, const Program& program,
                      const std::string& runtime, const std::string& home);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PATH_GRANTS_H_
