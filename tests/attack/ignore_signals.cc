// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Never ends, and blocks and ignores every signal that it can.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const unsigned long all = ~0ul;
  Call(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, 8);
  const struct {
    void (*handler)(int);
    unsigned long flags, restorer, mask;
  } ignore = {SIG_IGN, 0, 0, ~0ul};
  for (int number = 1; number <= 64; ++number) {
    Call(SYS_rt_sigaction, number, &ignore, nullptr, 8);
  }
  for (;;) Call(SYS_pause);
}
