// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Takes the descriptor in by read(2), which is allowed. The kernel drops
// descriptors that nobody asked for.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long socket = NumberIn(argv[1]);
  const long lowest = Call(SYS_dup, 0);
  Call(SYS_close, lowest);
  char byte;
  const long got = Call(SYS_read, socket, &byte, 1);
  if (got < 0) Refused(got);
  if (Call(SYS_fcntl, lowest, F_GETFD) >= 0)
    Escaped("a descriptor taken in by read");
  NoEffect();
}
