// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.5. Has a thread die of the filter, so that the others go on with what it
// left half done. The filter ends the process.

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
        Call(kX32 | SYS_getpid);
        return nullptr;
      },
      nullptr);
}

int main() {
  __atomic_store_n(&g_main_runs, 1, __ATOMIC_RELEASE);
  const timespec while_it_dies = {0, 300000000};
  Call(SYS_nanosleep, &while_it_dies, nullptr);
  Escaped("a process that outlived its thread's crime");
}
