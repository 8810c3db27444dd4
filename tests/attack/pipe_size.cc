// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. A pipe of a megabyte, memory of the kernel's.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr int kSetPipeSize = 1031;
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  EscapedIfDone(Call(SYS_fcntl, ends[0], kSetPipeSize, 1 << 20),
                "a large pipe");
}
