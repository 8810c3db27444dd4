// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.36. Has a pipe or a terminal send signals when something arrives, by
// ioctl.

#include <sys/ioctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  const int on = 1;
  EscapedIfDone(Call(SYS_ioctl, ends[0], FIOASYNC, &on), "signals on arrival");
}
