// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/canary.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "jail/lock.h"

namespace cellblock {
namespace {

constexpr int kCallCameBack = 1;
constexpr int kCouldNotLock = 2;

// A number that `program` kills for: of a call that does nothing so, or of one
// that only x32 has.
uint32_t ForbiddenNumber(FilterProgram program) {
  constexpr uint32_t kX32Getpid = 0x40000000 | SYS_getpid;
  for (const uint32_t number :
       {SYS_io_uring_enter, SYS_pidfd_getfd, SYS_setns, SYS_bpf}) {
    seccomp_data call = {};
    call.nr = static_cast<int>(number);
    call.arch = AUDIT_ARCH_X86_64;
    std::fill(std::begin(call.args), std::end(call.args), ~uint64_t{0});
    if (Evaluate(program, call) == SECCOMP_RET_KILL_PROCESS) return number;
  }
  return kX32Getpid;
}

[[noreturn]] void Sing(FilterProgram program, uint32_t number) {
  if (Lock(program, Notify::kNobody).failed != LockStep::kDone) {
    _exit(kCouldNotLock);
  }
  syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
  _exit(kCallCameBack);
}

}  // namespace

CanaryEnd TryCanary(FilterProgram program) {
  const uint32_t number = ForbiddenNumber(program);
  const pid_t child = fork();
  if (child < 0) return CanaryEnd::kNotTried;
  if (child == 0) Sing(program, number);
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
