// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <charconv>
#include <cstdint>

#include "jail/held_descriptors.h"
#include "jail/launch.h"
#include "jail/lock.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/doctor/facts.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/speculation.h"
#include "tools/jailrun/writable_code.h"

namespace cellblock {
namespace {

// A child that does nothing, and ends with this process: by itself, since
// signals may not reach it.
struct Idle {
  pid_t pid;
  UniqueFd pidfd;
};

Idle StartIdle() {
  const pid_t parent = getpid();
  int pidfd = -1;
  const long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
  if (pid == 0) {
    while (getppid() == parent) usleep(500);
    _exit(0);
  }
  return {static_cast<pid_t>(pid), UniqueFd(pidfd)};
}

std::string LimitText(__rlimit_resource resource, bool bytes) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return "not known";
  if (limit.rlim_max == RLIM_INFINITY) return "unlimited";
  return bytes ? FormatBytes(limit.rlim_max) : std::to_string(limit.rlim_max);
}

}  // namespace

// As a run starts its program, up to an execve that cannot succeed.
Finding LookAtStart() {
  char* const nothing[] = {nullptr};
  const InheritedSignals signals;
  const Launched launched = Launch({.path = "",
                                    .argv = nothing,
                                    .envp = nothing,
                                    .signals = &signals,
                                    .kept = {},
                                    .confine = false});
  if (launched.failed == LaunchStep::kClone) {
    return Missing(
        WithErrno("clone(CLONE_VM|CLONE_VFORK|CLONE_PIDFD)", launched.error));
  }
  return Ok("a program is started with a descriptor of its process");
}

Finding LookAtWait() {
  const Idle idle = StartIdle();
  if (idle.pid < 0) return Unknown(WithErrno("cannot start a process", errno));
  pollfd event = {idle.pidfd.get(), POLLIN, 0};
  const timespec moment = {.tv_sec = 0, .tv_nsec = 1000000};
  if (ppoll(&event, 1, &moment, nullptr) < 0) {
    return Missing(WithErrno("ppoll", errno));
  }
  if (wait4(idle.pid, nullptr, WNOHANG, nullptr) < 0) {
    return Missing(WithErrno("wait4", errno));
  }
  return Ok("its end is seen when it comes, and a time limit beside it");
}

Finding LookAtSignals() {
  const Idle idle = StartIdle();
  if (idle.pid < 0) return Unknown(WithErrno("cannot start a process", errno));
  std::string refused;
  if (kill(idle.pid, 0) != 0) refused = WithErrno("kill", errno);
  const int by_pid_error = refused.empty() ? 0 : errno;
  if (syscall(SYS_pidfd_send_signal, idle.pidfd.get(), 0, nullptr, 0) != 0) {
    const std::string by_pidfd = WithErrno("pidfd_send_signal", errno);
    if (by_pid_error != 0) return Missing(by_pidfd + "; " + refused);
    return Limited(by_pidfd + "; kill works in its place");
  }
  if (by_pid_error != 0) {
    return Limited(refused + "; pidfd_send_signal works in its place");
  }
  return Ok(
      "a jail is killed when its time is over or it makes a forbidden "
      "call");
}

Finding LookAtParentDeath() {
  errno = 0;
  if (!DieWithParent(getppid())) {
    return Missing(WithErrno("prctl(PR_SET_PDEATHSIG)", errno));
  }
  return Ok("a program dies with its jailrun");
}

Finding LookAtNoNewPrivs() {
  if (const int error = SetNoNewPrivs()) {
    return Missing(WithErrno("prctl(PR_SET_NO_NEW_PRIVS)", error));
  }
  if (Field(ReadText("/proc/self/status"), "NoNewPrivs") != "1") {
    return Missing("/proc/self/status does not show that it was set");
  }
  return Ok("nothing that is executed gains privileges");
}

Finding LookAtCapabilities() {
  const std::string held = Field(ReadText("/proc/self/status"), "CapPrm");
  uint64_t set = 0;
  std::from_chars(held.data(), held.data() + held.size(), set, 16);
  if (const int error = DropCapabilities()) {
    return Missing(WithErrno("capset", error));
  }
  return Ok("all are dropped; jailrun holds " +
            std::to_string(std::popcount(set)) + " now");
}

Finding LookAtLimits() {
  const std::string now = "hard limits now: stack " +
                          LimitText(RLIMIT_STACK, true) + ", descriptors " +
                          LimitText(RLIMIT_NOFILE, false);
  for (const auto& [resource, most] :
       {std::pair{RLIMIT_STACK, kMostStackBytes},
        std::pair{RLIMIT_NOFILE, kMostDescriptors}}) {
    if (const int error = CapLimit(resource, most)) {
      return Missing(WithErrno("prlimit64", error) + "; " + now);
    }
  }
  return Ok("a run has at most " + FormatBytes(kMostStackBytes) +
            " of stack and " + std::to_string(kMostDescriptors) +
            " descriptors; " + now);
}

Finding LookAtUndumpable() {
  if (const int error = MakeUndumpable()) {
    return Missing(WithErrno("prctl(PR_SET_DUMPABLE)", error));
  }
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1) {
    return Missing("prctl(PR_SET_DUMPABLE) succeeds, and does nothing");
  }
  return Ok("no core dump, no tracing by the same user");
}

Finding LookInside() {
  // As a program at its lock: it holds what it was given.
  syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
  const Idle idle = StartIdle();
  if (idle.pid < 0) return Unknown(WithErrno("cannot start a process", errno));
  const int given[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  const HeldDescriptors held = LookAtDescriptors(idle.pid, {.given = given});
  if (!held.refused.empty()) return Missing(held.refused);
  const std::string path = "/proc/" + std::to_string(idle.pid) + "/maps";
  const UniqueFd maps(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const WritableCode code = FindWritableCode(maps.get());
  if (!code.reason.empty()) return Missing(code.reason);
  return Ok("what a program holds and maps at its lock is seen from outside");
}

Finding LookAtSpeculation() {
  const SpeculationLayer layer = {
      RestrictSpeculation(SpeculationKind::kStoreBypass),
      RestrictSpeculation(SpeculationKind::kIndirectBranch)};
  return IsRestricted(layer) ? Ok(Describe(layer)) : Missing(Describe(layer));
}

}  // namespace cellblock
