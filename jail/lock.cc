// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lock.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Newer than Debian 12's headers.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

namespace cellblock {

namespace {

long Install(FilterProgram program, unsigned long flags) {
  // The kernel reads 16 bits of the length.
  if (program.size() > BPF_MAXINSNS) {
    errno = EINVAL;
    return -1;
  }
  const sock_fprog fprog = {static_cast<unsigned short>(program.size()),
                            const_cast<sock_filter*>(program.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

LockResult Failed() {
  return {.failed = errno == ESRCH ? LockStep::kThreads : LockStep::kSeccomp,
          .error = errno};
}

LockResult InstallWithListener(FilterProgram program) {
  // TSYNC reports a thread's id as a result; where that is a descriptor,
  // TSYNC_ESRCH turns it into an error.
  constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_TSYNC |
                                   SECCOMP_FILTER_FLAG_NEW_LISTENER |
                                   SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  NotifyWait wait = NotifyWait::kKillable;
  long result =
      Install(program, kFlags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  if (result < 0 && errno == EINVAL) {
    wait = NotifyWait::kInterruptible;
    result = Install(program, kFlags);
  }
  if (result < 0) return Failed();
  return {.listener = static_cast<int>(result), .wait = wait};
}

}  // namespace

LockResult Lock(FilterProgram program, Notify notify) {
  if (const int error = SetNoNewPrivs()) {
    return {.failed = LockStep::kNoNewPrivs, .error = error};
  }
  if (notify == Notify::kSupervisor) return InstallWithListener(program);
  if (const int error = MakeUndumpable()) {
    return {.failed = LockStep::kUndumpable, .error = error};
  }
  return Narrow(program);
}

LockResult Narrow(FilterProgram program) {
  const long result = Install(program, SECCOMP_FILTER_FLAG_TSYNC);
  if (result < 0) return Failed();
  if (result > 0) return {.failed = LockStep::kThreads, .error = ESRCH};
  return {};
}

const char* LockStepName(LockStep step) {
  switch (step) {
    case LockStep::kDone:
      return "locked";
    case LockStep::kNoNewPrivs:
      return "prctl(PR_SET_NO_NEW_PRIVS)";
    case LockStep::kUndumpable:
      return "prctl(PR_SET_DUMPABLE)";
    case LockStep::kSeccomp:
      return "seccomp(SECCOMP_SET_MODE_FILTER)";
    case LockStep::kThreads:
      return "locking every thread";
    case LockStep::kHandOver:
      return "handing the listener over";
  }
  return "unknown step";
}

int SetNoNewPrivs() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

bool DieWithParent(pid_t parent) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

int DropCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int MakeUndumpable() {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

int RefuseExecGain() {
  return prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0 ? 0 : errno;
}

int SealMapping(uintptr_t begin, size_t bytes) {
  return syscall(SYS_mseal, begin, bytes, 0) == 0 ? 0 : errno;
}

SpeculationResult RestrictSpeculation(SpeculationKind kind) {
  const auto which = static_cast<unsigned long>(kind);
  const int error =
      prctl(PR_SET_SPECULATION_CTRL, which, PR_SPEC_FORCE_DISABLE, 0, 0) == 0
          ? 0
          : errno;
  return ReadSpeculation(prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0), error);
}

bool IsFiltered() { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0; }

bool IsMakeUndumpable(uint32_t number, const uint64_t args[6]) {
  return number == SYS_prctl && args[0] == PR_SET_DUMPABLE && args[1] == 0;
}

bool IsNarrow(uint32_t number, const uint64_t args[6]) {
  return number == SYS_seccomp && args[0] == SECCOMP_SET_MODE_FILTER &&
         args[1] == SECCOMP_FILTER_FLAG_TSYNC;
}

}  // namespace cellblock
