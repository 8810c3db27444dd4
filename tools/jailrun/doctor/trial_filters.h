// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_TRIAL_FILTERS_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_TRIAL_FILTERS_H_

// Filters that let everything through but one harmless call.

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace cellblock {

inline constexpr sock_filter kHandsOverOwnId[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

// The call cannot fail by itself, and no kernel answers it with this errno.
inline constexpr sock_filter kRefusesParentId[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

// True iff kRefusesParentId is in force on the calling thread.
inline bool ParentIdIsRefused() {
  return syscall(SYS_getppid) == -1 && errno == EXDEV;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_TRIAL_FILTERS_H_
