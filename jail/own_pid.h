// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_OWN_PID_H_
#define CELLBLOCK_JAIL_OWN_PID_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <span>

namespace cellblock {

// Puts `pid` where `program` compares with kOwnPid, and changes nothing else.
// What was proved with kOwnPid itself as the pid holds for every pid: no other
// row may compare what is compared with it, and no pid is so high.
// Syscalls: none; needs libc only, for a process that was just forked.
void BindOwnPid(std::span<sock_filter> program, pid_t pid);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_OWN_PID_H_
