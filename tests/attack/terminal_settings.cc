// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.36. Changes how a terminal that it was given behaves for all.

#include <asm/termbits.h>
#include <sys/ioctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long terminal = NumberIn(argv[1]);
  struct termios settings;
  Need(Call(SYS_ioctl, terminal, TCGETS, &settings) == 0);
  settings.c_lflag = 0;
  EscapedIfDone(Call(SYS_ioctl, terminal, TCSETS, &settings),
                "a terminal's settings");
}
