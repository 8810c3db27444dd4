// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_ARGUMENT_END_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_ARGUMENT_END_H_

namespace cellblock {

// Has /proc/self/cmdline end before `end`, which lies in the arguments. Where
// the kernel does not let it, it ends where it did. Before the lock.
//
// Syscalls: open, read, close, brk, prctl.
void EndArgumentsAt(const char* end);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_ARGUMENT_END_H_
