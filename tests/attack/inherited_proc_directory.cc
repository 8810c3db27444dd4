// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Opens another process's memory below a directory of /proc whose
// descriptor it was given.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = Call(SYS_openat, NumberIn(argv[1]), "mem", O_RDONLY);
  EscapedIfDone(fd, "another process's memory by a directory of /proc");
}
