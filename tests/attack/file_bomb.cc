// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. With --rw: a file that would fill the disk, had it any bytes.
// Documented: what may be written to may be filled, up to --fsize for a file.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = Call(SYS_open, argv[1], O_WRONLY | O_CREAT, 0600);
  Need(fd >= 0);
  const long result = Call(SYS_ftruncate, fd, 8l << 30);
  if (result < 0) Refused(result);
  Granted("a file of 8 GiB");
}
