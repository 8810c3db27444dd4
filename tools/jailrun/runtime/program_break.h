// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROGRAM_BREAK_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROGRAM_BREAK_H_

// brk(2) after the lock: the break starts in the middle of the pool and takes
// the pages above it, as long as nothing else has them. What lies below the
// kernel's own break stays where it is.
//
// Returns what the kernel's call does: where the break is afterwards, whatever
// was asked for. What it gains is zeroed.
//
// Threads: any, signal handlers too; where one interrupts it on its own thread,
// the break does not move.
// Syscalls: futex(2) under contention.

namespace cellblock {

long PoolBrk(void* address);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROGRAM_BREAK_H_
