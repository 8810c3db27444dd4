// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.17. Another program out of a file in memory that it holds from before the
// lock, by execveat.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_program = -1;
BEFORE_THE_LOCK CopyProgram() {
  g_program = Call(SYS_memfd_create, "program", 0);
  const long fd = Call(SYS_open, kShell, O_RDONLY);
  static char part[65536];
  for (long got; (got = Call(SYS_read, fd, part, sizeof(part))) > 0;) {
    Call(SYS_write, g_program, part, got);
  }
  Call(SYS_close, fd);
}

int main() {
  Need(g_program >= 0);
  Refused(
      Call(SYS_execveat, g_program, "", kShellWords, nullptr, AT_EMPTY_PATH));
}
