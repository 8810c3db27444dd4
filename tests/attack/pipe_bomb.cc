// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Memory of the kernel's, by filling pipes. Documented: it has what its
// descriptors can hold, 64 KiB for each pipe.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static char page[65536];
  long filled = 0;
  int ends[2];
  while (Call(SYS_pipe2, ends, O_NONBLOCK) == 0) {
    for (long got; (got = Call(SYS_write, ends[1], page, sizeof(page))) > 0;)
      filled += got;
    if (filled > 64 << 20) Escaped("64 MiB in pipes");
  }
  Granted("what its pipes hold");
}
