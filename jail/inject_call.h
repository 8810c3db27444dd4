// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_INJECT_CALL_H_
#define CELLBLOCK_JAIL_INJECT_CALL_H_

#include <cstdint>

namespace cellblock {

// For tests, a service's own included: makes the call `number` with zero in all
// arguments, on the thread that calls this, past libc. In a locked process a
// forbidden one is the end of it; without the lock it returns.
//
//   InjectForbiddenCall(SYS_socket);
//
// Returns what the kernel does: a result, or an errno below 0.
// Threads: any. Syscalls: that one.
long InjectForbiddenCall(uint32_t number);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_INJECT_CALL_H_
