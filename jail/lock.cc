// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lock.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace cellblock {

LockResult Lock(FilterProgram program, Notify notify) {
  if (const int error = SetNoNewPrivs()) {
    return {LockStep::kNoNewPrivs, error, -1};
  }
  const sock_fprog fprog = {static_cast<unsigned short>(program.size()),
                            const_cast<sock_filter*>(program.data())};
  // TSYNC reports a thread's id as a result; with a listener, whose result is
  // a descriptor, TSYNC_ESRCH turns that into an error.
  unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC;
  if (notify == Notify::kSupervisor) {
    flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER |
             SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
             SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  }
  const long result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
  if (result < 0) {
    return {errno == ESRCH ? LockStep::kThreads : LockStep::kSeccomp, errno,
            -1};
  }
  if (notify == Notify::kSupervisor) {
    return {LockStep::kDone, 0, static_cast<int>(result)};
  }
  if (result > 0) return {LockStep::kThreads, ESRCH, -1};
  return {};
}

const char* LockStepName(LockStep step) {
  switch (step) {
    case LockStep::kDone:
      return "locked";
    case LockStep::kNoNewPrivs:
      return "prctl(PR_SET_NO_NEW_PRIVS)";
    case LockStep::kSeccomp:
      return "seccomp(SECCOMP_SET_MODE_FILTER)";
    case LockStep::kThreads:
      return "locking every thread";
  }
  return "unknown step";
}

int SetNoNewPrivs() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

bool DieWithParent(pid_t parent) {
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

int MakeUndumpable() {
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

bool IsFiltered() { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0; }

bool IsMakeUndumpable(uint32_t number, const uint64_t args[6]) {
  return number == SYS_prctl && args[0] == PR_SET_DUMPABLE && args[1] == 0;
}

}  // namespace cellblock
