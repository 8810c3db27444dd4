// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51. Uses a thread that was started before the lock, by a constructor, to
// make a process. The lock holds for it too, and its crime ends all threads.

#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

void Fork() {
  AwaitMain();
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process by an older thread");
}

BEFORE_THE_LOCK Start() { StartThreads<Fork>(1); }

int main() {
  LetThreadsGo();
  for (;;) Call(SYS_pause);
}
