// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_WARM_UP_H_
#define CELLBLOCK_JAIL_WARM_UP_H_

namespace cellblock {

// Has libc and libstdc++ do now what they put off until first use, and could
// not do after the lock: buffers of the standard streams, the locale and its
// conversions, the time zone, texts of errors, random numbers, the number of
// processors, the unwinder of exceptions, the memory that qsort may take.
//
// Where TZ is not set it becomes ":/etc/localtime", which is what libc takes it
// for: libc would look at that file again at each use, and without it fall back
// to UTC.
//
// Lifecycle: setup phase, any number of times.
// Errors: none; what is not there stays cold.
// Threads: one that nobody else meanwhile writes to the standard streams or
//   the environment.
// Syscalls: those of the functions that it calls. Takes some 100 KiB of the
//   process's heap, which stay.
void WarmUp();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_WARM_UP_H_
