// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.52. A thread that a constructor started makes processes while the lock
// comes, to make the last one after it. Its first fork under the lock ends it.

#include <pthread.h>
#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int g_main_runs;

[[noreturn]] void ForkForEver() {
  signal(SIGCHLD, SIG_IGN);  // so that nobody has to wait for them
  for (;;) {
    const bool locked = __atomic_load_n(&g_main_runs, __ATOMIC_ACQUIRE) != 0;
    const long child = Call(SYS_fork);
    if (child == 0) Exit(0);
    if (locked) EscapedIfDone(child, "a process under the lock");
  }
}

BEFORE_THE_LOCK StartThread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void*) -> void* { ForkForEver(); }, nullptr);
}

int main() {
  __atomic_store_n(&g_main_runs, 1, __ATOMIC_RELEASE);
  for (;;) Call(SYS_pause);
}
