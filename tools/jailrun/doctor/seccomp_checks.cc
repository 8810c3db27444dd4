// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/canary.h"
#include "jail/filter.h"
#include "jail/lock.h"
#include "jail/lock_state.h"
#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/doctor/facts.h"
#include "tools/jailrun/doctor/rehearsal.h"
#include "tools/jailrun/doctor/trial_filters.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run_policy.h"

// Linux 6.10, newer than Debian 12's header.
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

namespace cellblock {
namespace {

constexpr long kX32Bit = 0x40000000;

Finding NotReached(const Rehearsal& rehearsal) {
  return Unknown("not reached: " + rehearsal.reason);
}

// A run does without a listener then.
Finding NotNeeded(const Rehearsal& rehearsal) {
  return Limited("not needed, since nobody can listen: " + rehearsal.reason);
}

std::string YamaText() {
  const std::string scope = ReadText("/proc/sys/kernel/yama/ptrace_scope");
  return scope.empty() ? "no Yama" : "Yama's ptrace_scope is " + scope;
}

// getpid by its number of i386.
long AskThroughInt80() {
  long result = 20;
  asm volatile("int $0x80"
               : "+a"(result)
               :
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

// What jailrun and its runtime call without a check of its own, and what else
// is refused often. Arguments are such that nothing happens.
struct HarmlessCall {
  const char* name;
  long number;
  long arguments[4];
  int usual;  // the errno that Linux answers with; 0: success
};

constexpr HarmlessCall kHarmlessCalls[] = {
    {"capget", SYS_capget, {0, 0}, EFAULT},
    {"clock_gettime", SYS_clock_gettime, {-1, 0}, EINVAL},
    {"execve", SYS_execve, {0, 0, 0}, EFAULT},
    {"faccessat2", SYS_faccessat2, {-1, 0, 0, 0}, EFAULT},
    {"fcntl", SYS_fcntl, {-1, F_GETFD}, EBADF},
    {"fgetxattr", SYS_fgetxattr, {-1, 0, 0, 0}, EBADF},
    {"fstat", SYS_fstat, {-1, 0}, EBADF},
    {"ftruncate", SYS_ftruncate, {-1, 0}, EBADF},
    {"futex", SYS_futex, {0, FUTEX_WAKE, 0, 0}, EFAULT},
    {"ioctl", SYS_ioctl, {-1, 0, 0}, EBADF},
    {"kill", SYS_kill, {0, 0}, 0},
    {"landlock_add_rule", SYS_landlock_add_rule, {-1, 0, 0, 0}, EINVAL},
    {"landlock_restrict_self", SYS_landlock_restrict_self, {-1, 0}, EBADF},
    {"madvise", SYS_madvise, {0, 0, 0}, 0},
    {"mlock2", SYS_mlock2, {0, 0, 0}, 0},
    {"mprotect", SYS_mprotect, {0, 0, 0}, 0},
    {"mseal", SYS_mseal, {0, 0, 0}, 0},
    {"munmap", SYS_munmap, {0, 0}, EINVAL},
    {"openat", SYS_openat, {-1, 0, 0, 0}, EFAULT},
    {"pidfd_getfd", SYS_pidfd_getfd, {-1, 0, 0}, EBADF},
    {"pidfd_send_signal", SYS_pidfd_send_signal, {-1, 0, 0, 0}, EBADF},
    {"ppoll", SYS_ppoll, {0, 0, -1, 0}, EFAULT},
    {"pread64", SYS_pread64, {-1, 0, 0, 0}, EBADF},
    {"prlimit64", SYS_prlimit64, {0, RLIM_NLIMITS, 0, 0}, EINVAL},
    {"readlink", SYS_readlink, {0, 0, 1}, EFAULT},
    {"recvmsg", SYS_recvmsg, {-1, 0, 0}, EBADF},
    {"rt_sigaction", SYS_rt_sigaction, {0, 0, 0, 8}, EINVAL},
    {"rt_sigprocmask", SYS_rt_sigprocmask, {0, 0, 0, 8}, 0},
    {"sendmsg", SYS_sendmsg, {-1, 0, 0}, EBADF},
    {"setitimer", SYS_setitimer, {-1, 0, 0}, EINVAL},
    {"signalfd4", SYS_signalfd4, {-1, 0, 0, 0}, EINVAL},
    {"wait4", SYS_wait4, {-1, 0, WNOHANG, 0}, ECHILD},
};

int Answer(const HarmlessCall& call) {
  const long* a = call.arguments;
  return syscall(call.number, a[0], a[1], a[2], a[3], 0, 0) == -1 ? errno : 0;
}

// "kill (EPERM), mseal (ENOSYS)"
std::string RefusedCalls() {
  std::string list;
  for (const HarmlessCall& call : kHarmlessCalls) {
    const int error = Answer(call);
    const bool refusal = error == EPERM || error == EACCES || error == ENOSYS;
    if (error == call.usual || !refusal) continue;
    if (!list.empty()) list += ", ";
    list += std::string(call.name) + " (" + strerrorname_np(error) + ")";
  }
  return list;
}

}  // namespace

Finding LookAtProcStatus() {
  if (!ParseLockState(ReadText("/proc/self/status") + "\n")) {
    return Missing(
        "/proc/self/status does not tell NoNewPrivs, Seccomp and "
        "Seccomp_filters");
  }
  return Ok("jailrun reads each lock back from outside the jail");
}

Finding LookAtFilters() {
  if (const int error = SetNoNewPrivs()) {
    return Unknown(WithErrno("prctl(PR_SET_NO_NEW_PRIVS)", error));
  }
  const LockResult alone = Narrow(kRefusesParentId);
  const std::string reason = WithErrno("seccomp", alone.error);
  if (alone.failed == LockStep::kDone) {
    return ParentIdIsRefused()
               ? Ok("a filter decides about every call of a jail")
               : Missing("a filter is accepted, and does nothing");
  }
  const LockResult heard = Lock(kRefusesParentId, Notify::kSupervisor);
  if (heard.failed == LockStep::kDone && ParentIdIsRefused()) {
    return Limited("only filters with a listener; others: " + reason);
  }
  return Missing(reason);
}

Finding LookAtNotification() {
  const Rehearsal rehearsal = Rehearse();
  if (rehearsal.failed == RehearsalStep::kStart) return NotReached(rehearsal);
  if (rehearsal.failed != RehearsalStep::kLock) {
    return Ok("forbidden calls are handed to jailrun, which names them");
  }
  return Missing(rehearsal.reason);
}

Finding LookAtHandOver() {
  const Rehearsal rehearsal = Rehearse();
  if (rehearsal.failed == RehearsalStep::kLock) return NotNeeded(rehearsal);
  if (rehearsal.failed < RehearsalStep::kHandOver) return NotReached(rehearsal);
  const std::string fetch =
      WithErrno("pidfd_getfd", rehearsal.fetch_error) + " (" + YamaText() + ")";
  const bool fetched = rehearsal.hand_over == HandOver::kFetched;
  if (rehearsal.failed == RehearsalStep::kHandOver ||
      rehearsal.failed == RehearsalStep::kSecondFilter) {
    return Missing(fetched ? rehearsal.reason
                           : fetch + "; " + rehearsal.reason);
  }
  if (fetched) {
    return Ok("the listener is fetched by pidfd_getfd (" + YamaText() + ")");
  }
  return Limited(fetch + "; the listener is sent in its place");
}

Finding LookAtContinue() {
  const Rehearsal rehearsal = Rehearse();
  if (rehearsal.failed == RehearsalStep::kLock) return NotNeeded(rehearsal);
  if (rehearsal.failed < RehearsalStep::kRead) return NotReached(rehearsal);
  if (rehearsal.failed == RehearsalStep::kRead ||
      rehearsal.failed == RehearsalStep::kContinue) {
    return Missing(rehearsal.reason);
  }
  return Ok(
      "the one call that ends the set-up is let through when the lock "
      "has been checked");
}

Finding LookAtWaitKillable() {
  const Rehearsal rehearsal = Rehearse();
  if (rehearsal.failed <= RehearsalStep::kLock) return NotReached(rehearsal);
  if (rehearsal.wait == NotifyWait::kInterruptible) {
    return Missing("seccomp refuses SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
  }
  return Ok("a call that jailrun has received is asked for once");
}

Finding LookAtSyncWakeUp() {
  const Rehearsal rehearsal = Rehearse();
  if (rehearsal.failed <= RehearsalStep::kHandOver) {
    return NotReached(rehearsal);
  }
  if (!rehearsal.synchronous) {
    return Missing("the listener refuses SECCOMP_IOCTL_NOTIF_SET_FLAGS");
  }
  return Ok("a jail and its supervisor take turns on one CPU");
}

Finding LookAtCanary() {
  RunPolicy policy;
  std::string error = policy.Build(Options{});
  std::vector<sock_filter> filter;
  if (error.empty()) filter = policy.ProvedFilter(getpid(), &error);
  if (!error.empty()) return Unknown(error);
  constexpr pid_t kAnyPid = 0;
  BindFilter(filter, {kAnyPid, Notify::kNobody});
  switch (TryCanary(filter)) {
    case CanaryEnd::kKilled:
      return Ok("a forbidden call under the decoder preset killed its process");
    case CanaryEnd::kSurvived:
      return Missing("this kernel lets a forbidden call through");
    case CanaryEnd::kNotTried:
      break;
  }
  return Limited("not tried: no process could lock itself without a listener");
}

Finding LookAtActions() {
  const std::string actions =
      ReadText("/proc/sys/kernel/seccomp/actions_avail");
  if (actions.empty()) return Limited("actions_avail cannot be read");
  std::string lacking;
  for (const char* action :
       {"kill_process", "trap", "errno", "user_notif", "allow"}) {
    if ((" " + actions + " ").find(std::string(" ") + action + " ") ==
        std::string::npos) {
      lacking += std::string(" ") + action;
    }
  }
  if (!lacking.empty()) return Missing("there is no" + lacking);
  return Ok(actions);
}

Finding LookAtOuterFilter() {
  const std::string status = ReadText("/proc/self/status");
  const std::string mode = Field(status, "Seccomp");
  const std::string count = Field(status, "Seccomp_filters");
  const std::string refused = RefusedCalls();
  const bool filtered = IsFiltered() && mode != "0";
  const std::string seen =
      filtered ? "Seccomp: " + mode + ", Seccomp_filters: " + count
               : "none is in force";
  if (!refused.empty()) return Limited(seen + "; refused: " + refused);
  return Ok(seen + "; none of " + std::to_string(std::size(kHarmlessCalls)) +
            " calls of jailrun is refused");
}

Finding LookAtX32() {
  const bool present = syscall(kX32Bit + SYS_getpid) == getpid();
  return Ok(present ? "x32 calls exist here; in a jail one kills"
                    : "this kernel has no x32 calls");
}

Finding LookAtInt80() {
  const pid_t pid = fork();
  if (pid < 0) return Unknown(WithErrno("cannot start a process", errno));
  if (pid == 0) _exit(AskThroughInt80() == getpid() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  const bool present = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return Ok(present ? "32-bit calls exist here; in a jail one kills"
                    : "this kernel has no 32-bit calls");
}

}  // namespace cellblock
