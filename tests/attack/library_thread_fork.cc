// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51, C5.54. A thread that was there before the lock makes a process. The
// lock holds for all threads.

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

int g_go;

int main(int, char** argv) {
  StartThread([](void*) -> void* {
    while (__atomic_load_n(&g_go, __ATOMIC_ACQUIRE) == 0) Sleep(1);
    const long child = Call(SYS_fork);
    EscapedIfForked(child, "a process by an older thread");
  });
  if (IsToLock(argv)) LockAlone();
  __atomic_store_n(&g_go, 1, __ATOMIC_RELEASE);
  for (;;) Call(SYS_pause);
}
