// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Sends itself the signal by which a filter kills. It is called a
// violation, to nobody's harm but its own.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const struct {
    void (*handler)(int);
    unsigned long flags, restorer, mask;
  } by_default = {SIG_DFL, 0, 0, 0};
  Call(SYS_rt_sigaction, SIGSYS, &by_default, nullptr, 8);
  Call(SYS_kill, Call(SYS_getpid), SIGSYS);
  Exit(0);
}
