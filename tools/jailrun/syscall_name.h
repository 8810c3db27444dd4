// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_SYSCALL_NAME_H_
#define CELLBLOCK_TOOLS_JAILRUN_SYSCALL_NAME_H_

#include <cstdint>
#include <string>

#include "jail/syscall_table.h"

namespace cellblock {

// "read"; "syscall_999" of one that newer kernels have and no table here.
inline std::string SyscallName(uint32_t number) {
  const SyscallInfo* const info = FindSyscall(number);
  return info != nullptr ? info->name : "syscall_" + std::to_string(number);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SYSCALL_NAME_H_
