// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_THREADS_H_
#define CELLBLOCK_TESTS_ATTACK_THREADS_H_

// Threads that constructors start, since none starts after the lock.

#include <pthread.h>

#include "tests/attack/attack.h"

namespace cellblock {

inline int g_main_runs;

inline bool MainRuns() {
  return __atomic_load_n(&g_main_runs, __ATOMIC_ACQUIRE) != 0;
}

// The first thing that main does.
inline void LetThreadsGo() {
  __atomic_store_n(&g_main_runs, 1, __ATOMIC_RELEASE);
}

inline void AwaitMain() {
  while (!MainRuns()) Call(SYS_sched_yield);
}

// `count` threads of `Body`, which does not return.
template <void Body()>
void StartThreads(int count) {
  pthread_t thread;
  for (int i = 0; i < count; ++i) {
    pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          Body();
          return nullptr;
        },
        nullptr);
  }
}

// Refused calls without end, each of which has jailrun answer.
inline void CallForEver() {
  AwaitMain();
  for (;;) Call(SYS_setrlimit, 0, nullptr);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_THREADS_H_
