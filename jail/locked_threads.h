// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCKED_THREADS_H_
#define CELLBLOCK_JAIL_LOCKED_THREADS_H_

// Threads of a process that locks itself. Whoever links this has pthread_create
// replaced, with all that is made of it (std::thread, thrd_create): threads run
// on stacks of jail/thread_stacks.h, but for those that bring their own.
//
// After SealThreadStacks a thread gets a stack that is there and no smaller
// than it asks for, or none: EAGAIN, and the first time one line on standard
// error. Threads that libc starts for itself (timers of SIGEV_THREAD, aio,
// getaddrinfo_a) are not replaced: after the lock they want a mapping.
//
// Before it is refused it waits for up to 20 ms, where detached threads may be
// about to end.
//
// Threads: any. Syscalls: before the seal, mmap and mprotect for each thread;
// after it, none but those of the thread itself.

#include <cstddef>
#include <cstdint>

#include "jail/thread_figures.h"

namespace cellblock {

// Whether a refused thread may be told of on standard error.
enum class RefusedThreads : uint8_t { kSaid, kSilent };

struct ThreadStackOptions {
  size_t threads = 16;  // how many can be started at a time; 0: none, ever
  size_t stack_bytes = size_t{1} << 20;  // of each, libc's own data included
  RefusedThreads refused = RefusedThreads::kSaid;
  ThreadFigures* figures = nullptr;  // kept there, for ever; null: nowhere
};

// Lays the stacks. 0, or errno; ENOTSUP iff libc's threads are not understood.
// They stay, and an earlier thread that ends leaves its stack to later ones.
[[nodiscard]] int LayThreadStacks(const ThreadStackOptions& options);

// From now on nothing is mapped for a thread, and without LayThreadStacks none
// starts; those that are being started in this moment are waited for.
void SealThreadStacks();

// Whether all of it is one thread's stack, of those that are laid here.
bool IsThreadStack(const void* begin, size_t bytes);

// Takes that back, where the lock has failed.
void UnsealThreadStacks();

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCKED_THREADS_H_
