// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Changes the figures while jailrun reads them: a second thread from
// before the lock writes random ones until the end.

#include <pthread.h>
#include <sched.h>

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

Range g_shared;

[[noreturn]] void WriteForEver() {
  while (__atomic_load_n(&g_shared.begin, __ATOMIC_ACQUIRE) == nullptr)
    sched_yield();
  for (uint64_t value = 1;; value = value * 6364136223846793005u + 1) {
    for (char* at = g_shared.begin; at < g_shared.end; at += 8)
      memcpy(at, &value, 8);
  }
}

BEFORE_THE_LOCK StartThread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void*) -> void* { WriteForEver(); }, nullptr);
}

int main() {
  const Range shared = SharedWithJailrun();
  g_shared.end = shared.end;
  __atomic_store_n(&g_shared.begin, shared.begin, __ATOMIC_RELEASE);
  const timespec a_while = {0, 100000000};
  Call(SYS_nanosleep, &a_while, nullptr);
  Exit(0);
}
