// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Hides a crime in a flood: makes a process while other threads keep
// jailrun busy with refused calls.

#include <pthread.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int g_main_runs;

[[noreturn]] void CallForEver() {
  while (__atomic_load_n(&g_main_runs, __ATOMIC_ACQUIRE) == 0)
    Call(SYS_sched_yield);
  for (;;) Call(SYS_setrlimit, 0, nullptr);
}

BEFORE_THE_LOCK StartThreads() {
  pthread_t thread;
  for (int i = 0; i < 20; ++i) {
    pthread_create(
        &thread, nullptr, [](void*) -> void* { CallForEver(); }, nullptr);
  }
}

int main() {
  __atomic_store_n(&g_main_runs, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < 1000; ++i) Call(SYS_setrlimit, 0, nullptr);
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process in a flood of calls");
}
