// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ENVIRONMENT_H_
#define CELLBLOCK_TOOLS_JAILRUN_ENVIRONMENT_H_

#include <deque>
#include <string>
#include <vector>

namespace cellblock {

// The environment that the program is executed with: `current`, with our
// library first in LD_PRELOAD (in each, should there be several: the loader
// takes the last) and the control variable at the end. The runtime
// undoes both before main. The user's own LD_PRELOAD stays, behind ours: what
// it names is part of the program, and runs jailed like it.
class ProgramEnvironment {
 public:
  ProgramEnvironment(char* const* current, const std::string& runtime,
                     const std::string& control);
  ProgramEnvironment(const ProgramEnvironment&) = delete;
  ProgramEnvironment& operator=(const ProgramEnvironment&) = delete;

  // As execve takes it. Valid as long as this object and `current`.
  char* const* get() const { return pointers_.data(); }

 private:
  std::deque<std::string> preloads_;  // elements stay where they are
  std::string control_;
  std::vector<char*> pointers_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ENVIRONMENT_H_
