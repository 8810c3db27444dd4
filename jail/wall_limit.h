// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_WALL_LIMIT_H_
#define CELLBLOCK_JAIL_WALL_LIMIT_H_

#include <chrono>

#include "jail/policy.h"

namespace cellblock {

// Has the kernel kill this process when a time is over, whatever it does: by a
// timer of its own that sends SIGKILL, which nothing blocks or handles. To
// change or delete a timer takes calls that no preset allows.
//
// Lifecycle: armed in the setup phase; ends with the process. Not inherited by
//   children.
// Units: wall-clock time from Arm on; not while the machine is suspended.
// Errors: errno. Threads: any.
// Syscalls: timer_create, timer_settime, timer_delete.
class WallLimit {
 public:
  [[nodiscard]] int Arm(std::chrono::milliseconds limit);
  void Disarm();

 private:
  int timer_ = -1;
};

// The call by which a process locked by `policy` could put its limit off; null
// iff there is none.
const char* WhatDisarms(const Policy& policy);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_WALL_LIMIT_H_
