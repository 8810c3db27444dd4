// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51. Makes a process when the main thread has exited and nobody seems to be
// left. The lock and its supervisor are there until the last thread.

#include <pthread.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

BEFORE_THE_LOCK StartThread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        static char state[256];
        // The state, Z for one that has exited, follows the name.
        do {
          const long fd = Call(SYS_open, "/proc/self/stat", 0);
          Call(SYS_read, fd, state, sizeof(state) - 1);
          Call(SYS_close, fd);
          Call(SYS_sched_yield);
        } while (strstr(state, ") Z ") == nullptr);
        const long child = Call(SYS_fork);
        EscapedIfForked(child, "a process without a leader");
      },
      nullptr);
}

int main() {
  for (;;) Call(SYS_exit, 0);
}
