// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.36. Pastes into a console, by TIOCLINUX on a terminal that it was given.
// ENOTTY, whatever the terminal is.

#include <sys/ioctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr char kPaste = 3;
  EscapedIfDone(Call(SYS_ioctl, NumberIn(argv[1]), TIOCLINUX, &kPaste),
                "a paste");
}
