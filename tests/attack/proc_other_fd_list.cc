// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Lists what another process of its user has open.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/fd", argv[1]);
  const long fd = Call(SYS_open, path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) Refused(fd);
  static char entries[4096];
  const long got = Call(SYS_getdents64, fd, entries, sizeof(entries));
  if (got < 0) Refused(got);
  Escaped("the numbers of another process's descriptors");
}
