// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Hides a crime in a flood: makes a process while other threads keep
// jailrun busy with refused calls.

#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

BEFORE_THE_LOCK Start() { StartThreads<CallForEver>(20); }

int main() {
  LetThreadsGo();
  for (int i = 0; i < 1000; ++i) Call(SYS_setrlimit, 0, nullptr);
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process in a flood of calls");
}
