// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Record locks on a file that it can read, each some 190 bytes of the
// kernel's memory. Documented is that it may hold locks; nothing but time
// bounds how many.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = Call(SYS_open, argv[1], O_RDONLY);
  Need(fd >= 0);
  for (int i = 0; i < 2000; ++i) {
    struct flock lock = {};
    lock.l_type = F_RDLCK;
    lock.l_start = 2 * i;
    lock.l_len = 1;
    const long result = Call(SYS_fcntl, fd, F_SETLK, &lock);
    if (result < 0) Refused(result);
  }
  Granted("two thousand record locks");
}
