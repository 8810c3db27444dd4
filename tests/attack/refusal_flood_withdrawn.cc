// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Puts the deadline off by having jailrun wait for calls that are
// withdrawn: a signal every few microseconds interrupts each.

#include <signal.h>
#include <sys/time.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  signal(SIGALRM, [](int) {});
  const itimerval often = {{0, 50}, {0, 50}};
  Call(SYS_setitimer, ITIMER_REAL, &often, nullptr);
  for (;;) Call(SYS_setrlimit, 0, nullptr);
}
