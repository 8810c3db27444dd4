// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Never ends, by stopping itself: it uses no time and answers nothing.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (;;) Call(SYS_kill, Call(SYS_getpid), SIGSTOP);
}
