// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Has the kernel copy a file, past its own memory.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  const long fd = Call(SYS_open, argv[1], 0);
  Need(fd >= 0);
  EscapedIfDone(Call(SYS_sendfile, ends[1], fd, nullptr, 1),
                "a copy by the kernel");
}
