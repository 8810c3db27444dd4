// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/counted_threads.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstddef>

#include "jail/policy.h"

namespace cellblock {

std::vector<sock_filter> WithCountedThreads(
    const std::vector<sock_filter>& filter) {
  constexpr uint32_t kFlags = offsetof(seccomp_data, args);
  constexpr auto kLow = static_cast<uint32_t>(kThreadFlags);
  constexpr auto kHigh = static_cast<uint32_t>(kThreadFlags >> 32);
  // Two instructions for what is no clone(2).
  std::vector<sock_filter> counted = {
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
  counted.insert(counted.end(), filter.begin(), filter.end());
  return counted;
}

void ThreadLimit::Set(pid_t process, uint64_t more) {
  process_ = process;
  const uint64_t now = CountThreads();
  most_ = now == UINT64_MAX ? 0 : now + more;
}

bool ThreadLimit::MayStart() const { return CountThreads() < most_; }

uint64_t ThreadLimit::CountThreads() const {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/task", process_);
  struct stat status;
  // A link for each thread, beside those that every directory has.
  if (stat(path, &status) != 0 || status.st_nlink < 2) return UINT64_MAX;
  return status.st_nlink - 2;
}

}  // namespace cellblock
