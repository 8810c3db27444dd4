// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_PATH_OPTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_PATH_OPTIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "tools/jailrun/learn/learned.h"

namespace cellblock {

// The files of a run as options.
struct PathOptions {
  std::vector<std::string> readable;  // --ro
  std::vector<std::string> writable;  // --rw
  // For which no option is suggested: it would have to name a directory as
  // wide as a home.
  std::vector<SeenFile> unplaced;
};

// What has to be known of the machine.
struct PathFacts {
  std::function<bool(const std::string&)> readable_by_default;
  std::function<bool(const std::string&)> too_wide;
  std::function<bool(const std::string&)> exists;  // now, as a regular file
};

// As few options as there are without naming what was not seen: a file by its
// name, several of a directory by that, and a directory where one was made.
// Threads: any. Syscalls: those of `facts`.
PathOptions OptionsFor(const std::vector<SeenFile>& files,
                       const PathFacts& facts);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_PATH_OPTIONS_H_
