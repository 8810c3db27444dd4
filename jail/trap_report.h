// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_TRAP_REPORT_H_
#define CELLBLOCK_JAIL_TRAP_REPORT_H_

#include "jail/policy.h"

namespace cellblock {

// The report of a process that nobody listens to: a forbidden call reaches its
// own handler of SIGSYS (Notify::kHandler), which says on standard error
//
//   cellblock: forbidden call socket(2, 1, 0), number 41: opens a channel …
//
// and ends the process by SIGSYS. The call is not carried out.
//
// Whoever takes the process over can put another handler there: then calls are
// still not carried out, but nothing is said, and the process goes on. A thread
// that blocks SIGSYS dies of a forbidden call without a word.
//
// Lifecycle: installed before the lock. `policy`, with its rows, outlives the
//   process or the removal.
// Errors: errno. Threads: any; SIGSYS is unblocked for the caller alone.
// Syscalls: rt_sigaction, rt_sigprocmask. In the handler: write, and one call
//   that every filter kills for.
[[nodiscard]] int InstallTrapReport(const Policy* policy);

// Puts back what was there before.
void RemoveTrapReport();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_TRAP_REPORT_H_
