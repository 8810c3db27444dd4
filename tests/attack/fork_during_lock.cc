// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.52. A thread that a constructor started makes processes while the lock
// comes, to make the last one after it. Its first fork under the lock ends it.

#include <signal.h>

#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

void ForkForEver() {
  signal(SIGCHLD, SIG_IGN);  // so that nobody has to wait for them
  for (;;) {
    const bool locked = MainRuns();
    const long child = Call(SYS_fork);
    if (child == 0) Exit(0);
    if (locked) EscapedIfDone(child, "a process under the lock");
  }
}

BEFORE_THE_LOCK Start() { StartThreads<ForkForEver>(1); }

int main() {
  LetThreadsGo();
  for (;;) Call(SYS_pause);
}
