// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51. A thread that locks itself, late and by its own filter, after the
// process was locked. It has the lock already, and dies of the attempt.

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

int g_go;

int main(int, char** argv) {
  StartThread([](void*) -> void* {
    while (__atomic_load_n(&g_go, __ATOMIC_ACQUIRE) == 0) Sleep(1);
    const LockResult result = Lock(kAllowAll, Notify::kNobody);
    if (result.failed == LockStep::kDone) Escaped("a thread's own filter");
    Refused(-result.error);
  });
  if (IsToLock(argv)) LockAlone();
  __atomic_store_n(&g_go, 1, __ATOMIC_RELEASE);
  for (;;) Call(SYS_pause);
}
