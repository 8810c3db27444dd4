// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. Sets the machine's clock.

#include <time.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  timespec now;
  Need(Call(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0);
  EscapedIfDone(Call(SYS_clock_settime, CLOCK_REALTIME, &now),
                "the machine's clock");
}
