// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.5. Has a thread die of the filter, so that the others go on with what it
// left half done. The filter ends the process.

#include <time.h>

#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

void Commit() {
  AwaitMain();
  Call(kX32 | SYS_getpid);
}

BEFORE_THE_LOCK Start() { StartThreads<Commit>(1); }

int main() {
  LetThreadsGo();
  const timespec while_it_dies = {0, 300000000};
  Call(SYS_nanosleep, &while_it_dies, nullptr);
  Escaped("a process that outlived its thread's crime");
}
