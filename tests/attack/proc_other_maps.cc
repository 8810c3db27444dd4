// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Reads another process's mappings, the end of its address
// randomization.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
  const long fd = Call(SYS_open, path, O_RDONLY);
  if (fd < 0) Refused(fd);
  char byte;
  const long got = Call(SYS_read, fd, &byte, 1);
  if (got == 0) NoEffect();
  EscapedIfDone(got, "another process's mappings");
}
