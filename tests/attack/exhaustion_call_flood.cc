// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67, C9.69. Keeps jailrun looking at refusals that never were, from many
// threads, which constructors started. The deadline ends it.

#include "tests/attack/exhaustion_call.h"
#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

[[noreturn]] void TellForEver() {
  AwaitMain();
  for (;;) MakeExhaustionCalls();
}

BEFORE_THE_LOCK Start() { StartThreads<TellForEver>(20); }

int main() {
  LetThreadsGo();
  TellForEver();
}
