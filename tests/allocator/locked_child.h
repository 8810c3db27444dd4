// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_LOCKED_CHILD_H_
#define CELLBLOCK_TESTS_ALLOCATOR_LOCKED_CHILD_H_

// A child that locks itself: from then on the kernel kills it for any call but
// write(2) and exit_group(2).
//
//   EXPECT_EQ(InChild([] { Lock(); LOCKED_CHECK(1 + 1 == 2); }), "clean");
//
// The child may not use gtest's macros, which allocate. LOCKED_CHECK writes
// what failed and leaves with kFailed.

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <string>

namespace cellblock {

inline constexpr int kFailed = 3;
inline constexpr int kCannotLock = 4;
// No child takes a tenth of this; one that hangs dies of SIGALRM.
inline constexpr unsigned kChildSeconds = 20;

#define LOCKED_STRING_(x) #x
#define LOCKED_STRING(x) LOCKED_STRING_(x)
#define LOCKED_CHECK(condition)                                              \
  do {                                                                       \
    if (!(condition)) {                                                      \
      ::cellblock::LeaveLocked(__FILE__                                      \
                               ":" LOCKED_STRING(__LINE__) ": " #condition); \
    }                                                                        \
  } while (false)

// Not said not to return, nor by _exit(3): before such a call the address
// sanitizer makes system calls of its own.
inline void Leave(int code) { syscall(SYS_exit_group, code); }

inline void LeaveLocked(const char* message) {
  const bool is_written = write(STDERR_FILENO, message, strlen(message)) > 0 &&
                          write(STDERR_FILENO, "\n", 1) > 0;
  Leave(is_written ? kFailed : kFailed + 10);
}

#if defined(__x86_64__)
inline constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

inline void Lock() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {
      .len = static_cast<unsigned short>(std::size(code)), .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    Leave(kCannotLock);
  }
}

// Runs `body` in a child of its own, and says how that ended.
template <typename F>
std::string InChild(const F& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kChildSeconds);
    body();
    Leave(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) {
    return std::string("killed by ") + strsignal(WTERMSIG(status));
  }
  switch (WEXITSTATUS(status)) {
    case 0:
      return "clean";
    case kCannotLock:
      return "this kernel has no seccomp filters: nothing was tested";
    default:
      return "exit code " + std::to_string(WEXITSTATUS(status));
  }
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_LOCKED_CHILD_H_
