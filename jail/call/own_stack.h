// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_OWN_STACK_H_
#define CELLBLOCK_JAIL_CALL_OWN_STACK_H_

#include <cstddef>
#include <functional>

namespace cellblock {

// Goes on with `run`, which does not return, on a new stack of `bytes`, below
// which nothing is mapped; what is on the present one stays there. Returns,
// with errno, iff there is no memory for it.
//
// Threads: one. Syscalls: mmap, mprotect, rt_sigprocmask.
void GoOnWithStack(size_t bytes, const std::function<void()>& run);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_OWN_STACK_H_
