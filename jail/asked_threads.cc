// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/asked_threads.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "jail/policy.h"

namespace cellblock {

std::vector<sock_filter> WithAskedThreads(
    const std::vector<sock_filter>& filter) {
  constexpr uint32_t kFlags = offsetof(seccomp_data, args);
  constexpr auto kLow = static_cast<uint32_t>(kThreadFlags);
  constexpr auto kHigh = static_cast<uint32_t>(kThreadFlags >> 32);
  // Two instructions for what is no clone(2).
  std::vector<sock_filter> asked = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 7),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFlags),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kLow, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFlags + sizeof(uint32_t)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kHigh, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  asked.insert(asked.end(), filter.begin(), filter.end());
  return asked;
}

}  // namespace cellblock
