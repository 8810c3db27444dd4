// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. With --rw for another directory: gives a file from outside a name
// inside, to write to it there. Landlock: EXDEV.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_link, argv[1], argv[2]),
                "a file linked to where it can be written");
}
