// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_THREAD_CALLS_H_
#define CELLBLOCK_JAIL_THREAD_CALLS_H_

// What is behind the symbols that jail/thread_symbols.cc exports.
//
// Threads: any.

#include <pthread.h>

#include "jail/thread_stacks.h"

namespace cellblock {

// libc's functions of those names.
struct RealThreads {
  ThreadStacks::Create* create;
  decltype(&pthread_join) join;
  decltype(&pthread_tryjoin_np) try_join;
  decltype(&pthread_timedjoin_np) timed_join;
  decltype(&pthread_clockjoin_np) clock_join;
  decltype(&pthread_detach) detach;
  decltype(&pthread_getattr_np) get_attributes;
};

// Looked up at the first call, and by SealThreadStacks.
const RealThreads& Real();

// As pthread_create.
int StartThread(pthread_t* thread, const pthread_attr_t* attributes,
                void* (*body)(void*), void* argument);

// Null iff the thread is on none of ours.
ThreadStack* FindThreadStack(pthread_t thread);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_THREAD_CALLS_H_
