// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. With --rw for another directory: moves a file from outside to where it
// can be written.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_rename, argv[1], argv[2]),
                "a file moved to where it can be written");
}
