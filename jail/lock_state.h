// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCK_STATE_H_
#define CELLBLOCK_JAIL_LOCK_STATE_H_

#include <optional>
#include <string>
#include <string_view>

namespace cellblock {

// What /proc/PID/status says of a process's lock, read from outside it.
struct LockState {
  bool no_new_privs = false;
  int seccomp_mode = 0;  // 2: a filter is in force
  int filters = 0;       // how many, outer ones included
};

// Errors: empty iff a line is missing or not a number. Syscalls: none.
std::optional<LockState> ParseLockState(std::string_view status);

// Of /proc/`who`/status. Errors: empty iff it cannot be read, errno says why,
// or not be understood. Syscalls: open, read, close.
std::optional<LockState> ReadLockState(const std::string& who);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCK_STATE_H_
