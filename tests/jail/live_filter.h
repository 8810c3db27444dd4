// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_LIVE_FILTER_H_
#define CELLBLOCK_TESTS_JAIL_LIVE_FILTER_H_

// What the live tests share: filters for a child, and what the kernel says of
// its lock. Everything here works in the locked phase but the two that give a
// program, which are for before it.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "jail/evaluator.h"
#include "jail/lock.h"
#include "jail/lock_state.h"
#include "jail/policy.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/probes.h"

namespace cellblock {

// si_code of a SIGSYS that a filter sent; in the kernel's headers only, which
// clash with <signal.h>.
inline constexpr int kSentByFilter = 1;  // SYS_SECCOMP

// A preset's filter for this process, which nothing frees.
inline std::vector<sock_filter>& OwnFilter(
    const Policy& preset, Notify notify = Notify::kSupervisor) {
  return *new std::vector<sock_filter>(
      PresetFilter(preset, {getpid(), notify}));
}

// The same without a supervisor: what would be told to it kills.
inline FilterProgram LoneFilter(const Policy& preset) {
  return OwnFilter(preset, Notify::kNobody);
}

// Locks this process for good as a decoder without a supervisor.
inline void LockAlone() {
  const LockResult result = Lock(LoneFilter(DecoderPreset()), Notify::kNobody);
  CHILD_CHECK(result.failed == LockStep::kDone);
  CHILD_CHECK(result.error == 0);
  CHILD_CHECK(result.listener == -1);
}

inline constexpr sock_filter kAllowAll[] = {
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

// Installs a filter without any of what Lock adds, for tests of what it meets.
// Returns what the kernel does; the caller has set no_new_privs.
inline long InstallBare(FilterProgram program, unsigned long flags) {
  const sock_fprog fprog = {static_cast<unsigned short>(program.size()),
                            const_cast<sock_filter*>(program.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

// The lock of the calling thread, or of the one whose status `path` is.
inline LockState StateOfLock(const char* path = "/proc/thread-self/status") {
  static char text[8192];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  CHILD_CHECK(fd >= 0);
  const ssize_t length = read(fd, text, sizeof(text));
  CHILD_CHECK(length > 0 && close(fd) == 0);
  const std::optional<LockState> state =
      ParseLockState({text, static_cast<size_t>(length)});
  CHILD_CHECK(state.has_value());
  return *state;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_LIVE_FILTER_H_
