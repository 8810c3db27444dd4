// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41. Creates a file below a directory whose descriptor it was given.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long directory = NumberIn(argv[1]);
  long result = Call(SYS_openat, directory, "new", O_WRONLY | O_CREAT, 0600);
  if (result >= 0) Escaped("a file below an inherited directory");
  Need(Call(SYS_fchdir, directory) == 0);
  EscapedIfDone(Call(SYS_open, "new", O_WRONLY | O_CREAT, 0600),
                "a file below an inherited directory");
}
