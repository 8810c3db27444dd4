// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_DESCRIPTOR_REQUEST_H_
#define CELLBLOCK_JAIL_CALL_DESCRIPTOR_REQUEST_H_

// How a worker asks for the descriptor that was passed in with its call: by
// recvmsg(-1, NULL, 0), which no policy lets through to the kernel. The host's
// supervisor is told, and answers by SECCOMP_IOCTL_NOTIF_ADDFD. A worker that
// was passed nothing gets EBADF, as from the kernel.

#include <sys/syscall.h>

#include <cstdint>

#include "jail/policy.h"

namespace cellblock {

inline constexpr ArgCondition kDescriptorRequest[] = {
    {0, kLow32, kLow32}, {1, ~uint64_t{0}, 0}, {2, kLow32, 0}};

constexpr bool IsDescriptorRequest(uint32_t number, const uint64_t args[6]) {
  if (number != SYS_recvmsg) return false;
  for (const ArgCondition& condition : kDescriptorRequest) {
    if ((args[condition.arg] & condition.mask) != condition.value) return false;
  }
  return true;
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_DESCRIPTOR_REQUEST_H_
