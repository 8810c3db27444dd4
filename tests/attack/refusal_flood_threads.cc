// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Puts the deadline off by refused calls from many threads, which
// constructors started.

#include "tests/attack/threads.h"

using namespace cellblock;  // NOLINT: one small program

BEFORE_THE_LOCK Start() { StartThreads<CallForEver>(20); }

int main() {
  LetThreadsGo();
  CallForEver();
}
