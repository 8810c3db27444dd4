// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Never ends, in a way that looks like an end: the main thread exits, an
// older thread goes on. Only --timeout ends it.

#include <pthread.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

BEFORE_THE_LOCK StartThread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        for (;;) Call(SYS_pause);
      },
      nullptr);
}

int main() {
  for (;;) Call(SYS_exit, 0);
}
