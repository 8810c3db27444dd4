// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Timers without end: memory of the kernel's.

#include <signal.h>
#include <time.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int count = 0;
  for (; count < 1000; ++count) {
    sigevent event = {};
    event.sigev_notify = SIGEV_NONE;
    int timer;
    const long result = Call(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
    if (result < 0) Refused(result);
  }
  Escaped("a thousand timers");
}
