// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/setup_calls.h"

#include <algorithm>

namespace cellblock {
namespace {

// It enters the container or service, and starts jailrun there.
constexpr const char* kManager[] = {
    "capget",        "capset",     "chdir",       "close_range",
    "epoll_create1", "epoll_ctl",  "execve",      "fchdir",
    "fchown",        "getdents64", "setgid",      "setgroups",
    "setuid",        "setsid",     "epoll_pwait", "umask"};

constexpr const char* kJailrun[] = {"access",
                                    "capset",
                                    "clone",
                                    "clone3",
                                    "close",
                                    "dup2",
                                    "dup3",
                                    "execve",
                                    "exit",
                                    "exit_group",
                                    "faccessat",
                                    "faccessat2",
                                    "fcntl",
                                    "fgetxattr",
                                    "fstat",
                                    "ftruncate",
                                    "getpid",
                                    "getppid",
                                    "ioctl",
                                    "kill",
                                    "landlock_add_rule",
                                    "landlock_create_ruleset",
                                    "landlock_restrict_self",
                                    "lseek",
                                    "memfd_create",
                                    "pidfd_getfd",
                                    "pidfd_open",
                                    "pidfd_send_signal",
                                    "pipe2",
                                    "poll",
                                    "ppoll",
                                    "prctl",
                                    "prlimit64",
                                    "pwrite64",
                                    "recvmsg",
                                    "rt_sigprocmask",
                                    "seccomp",
                                    "sendmsg",
                                    "set_tid_address",
                                    "setitimer",
                                    "signalfd4",
                                    "socketpair",
                                    "wait4",
                                    "waitid",
                                    "write"};

constexpr const char* kLoader[] = {"access",
                                   "arch_prctl",
                                   "brk",
                                   "close",
                                   "fstat",
                                   "futex",
                                   "getcwd",
                                   "getegid",
                                   "geteuid",
                                   "getgid",
                                   "getrandom",
                                   "gettid",
                                   "getuid",
                                   "lseek",
                                   "lstat",
                                   "madvise",
                                   "mlock",
                                   "mlock2",
                                   "mmap",
                                   "mprotect",
                                   "mremap",
                                   "mseal",
                                   "munmap",
                                   "newfstatat",
                                   "open",
                                   "openat",
                                   "pread64",
                                   "prlimit64",
                                   "read",
                                   "readlink",
                                   "readlinkat",
                                   "restart_syscall",
                                   "rseq",
                                   "rt_sigaction",
                                   "rt_sigreturn",
                                   "sched_getaffinity",
                                   "set_robust_list",
                                   "sigaltstack",
                                   "stat",
                                   "statfs",
                                   "statx",
                                   "sysinfo",
                                   "tgkill",
                                   "uname",
                                   "writev"};

constexpr SetupCalls kSetup[] = {
    {"what starts jailrun: a container's or service's manager", kManager},
    {"jailrun, and the runtime until the lock", kJailrun},
    {"the loader, libc and constructors until the lock, which is where these "
     "end",
     kLoader}};

}  // namespace

std::span<const SetupCalls> AllSetupCalls() { return kSetup; }

bool IsSetupCall(std::string_view name) {
  return std::any_of(
      std::begin(kSetup), std::end(kSetup), [=](const SetupCalls& calls) {
        return std::find(calls.names.begin(), calls.names.end(), name) !=
               calls.names.end();
      });
}

}  // namespace cellblock
