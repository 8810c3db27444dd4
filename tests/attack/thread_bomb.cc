// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65, C3.30. Threads without end: by libc, whose answer is EAGAIN, then by
// clone.

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int count = 0;
  pthread_t thread;
  while (count < 20 && pthread_create(
                           &thread, nullptr,
                           [](void*) -> void* {
                             pause();
                             return nullptr;
                           },
                           nullptr) == 0)
    ++count;
  if (count == 20) Escaped("twenty threads");
  alignas(16) static char stack[4096];
  EscapedIfDone(Call(SYS_clone,
                     CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                         CLONE_THREAD | CLONE_SYSVSEM,
                     stack + sizeof(stack), 0, 0, 0),
                "a thread");
}
