// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/canary.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail/lock.h"

namespace cellblock {
namespace {

constexpr int kCallCameBack = 1;
constexpr int kCouldNotLock = 2;

[[noreturn]] void Sing(FilterProgram program) {
  // SIGSYS would leave a core; without this it does not.
  const bool quiet = MakeUndumpable() == 0;
  if (!quiet || Lock(program, Notify::kNobody).failed != LockStep::kDone) {
    _exit(kCouldNotLock);
  }
  syscall(SYS_io_uring_enter, -1, 0, 0, 0, nullptr, 0);
  _exit(kCallCameBack);
}

}  // namespace

CanaryEnd TryCanary(FilterProgram program) {
  const pid_t child = fork();
  if (child < 0) return CanaryEnd::kNotTried;
  if (child == 0) Sing(program);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return CanaryEnd::kNotTried;
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    return CanaryEnd::kKilled;
  }
  const bool came_back =
      WIFEXITED(status) && WEXITSTATUS(status) == kCallCameBack;
  return came_back ? CanaryEnd::kSurvived : CanaryEnd::kNotTried;
}

}  // namespace cellblock
