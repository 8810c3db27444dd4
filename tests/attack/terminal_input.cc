// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.36. Types a command for the shell behind it, by TIOCSTI on a terminal that
// it was given.

#include <sys/ioctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_ioctl, NumberIn(argv[1]), TIOCSTI, "x"),
                "a key typed");
}
