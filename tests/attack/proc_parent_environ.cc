// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.42. Reads the environment of the process that confines it.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%ld/environ", Call(SYS_getppid));
  const long fd = Call(SYS_open, path, O_RDONLY);
  if (fd < 0) Refused(fd);
  char byte;
  const long got = Call(SYS_read, fd, &byte, 1);
  if (got == 0) NoEffect();
  EscapedIfDone(got, "the parent's environment");
}
