// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51. Uses a thread that was started before the lock, by a constructor, to
// make a process. The lock holds for it too, and its crime ends all threads.

#include <pthread.h>
#include <sched.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int g_main_runs;
BEFORE_THE_LOCK StartThread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        while (__atomic_load_n(&g_main_runs, __ATOMIC_ACQUIRE) == 0)
          sched_yield();
        const long child = Call(SYS_fork);
        EscapedIfForked(child, "a process by an older thread");
      },
      nullptr);
}

int main() {
  __atomic_store_n(&g_main_runs, 1, __ATOMIC_RELEASE);
  for (;;) Call(SYS_pause);
}
