// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LAUNCH_H_
#define CELLBLOCK_TOOLS_JAILRUN_LAUNCH_H_

#include <signal.h>
#include <sys/types.h>

#include "jail/landlock.h"
#include "tools/jailrun/unique_fd.h"

namespace cellblock {

struct LaunchOptions {
  const char* path = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  // The program's signal mask; this process may block more for itself.
  sigset_t signal_mask = {};
  // Where files may be changed; null: not restricted by Landlock.
  const WriteConfinement* writable = nullptr;
  // A program that is to be confined never gains privileges from here on.
  bool confine = true;
};

enum class LaunchStep : uint8_t {
  kStarted,
  kClone,
  kParentGone,
  kNoNewPrivs,
  kLandlock,
  kExec,
};

struct Launched {
  LaunchStep failed = LaunchStep::kStarted;
  int error = 0;  // errno of the failed step
  pid_t pid = -1;
  UniqueFd pidfd;
};

// Starts a program in a process of its own and returns once execve has
// succeeded or failed. The child dies with this process.
//
// Errors: as `failed` says; then no process is left behind.
// Threads: from one thread only, which must outlive the child.
Launched Launch(const LaunchOptions& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LAUNCH_H_
