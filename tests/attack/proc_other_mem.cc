// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Reads the memory of another process of its user through /proc.
// Landlock: EACCES.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
  const long fd = Call(SYS_open, path, O_RDONLY);
  if (fd < 0) Refused(fd);
  long word;
  EscapedIfDone(Call(SYS_pread64, fd, &word, sizeof(word), NumberIn(argv[2])),
                "another process's memory");
}
