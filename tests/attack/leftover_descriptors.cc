// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41. Looks for descriptors of jailrun's that were left open: the listener,
// what it shares, its report. There is none beyond the standard ones.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  long result = -1;
  for (int fd = 3; fd < 4096; ++fd) {
    result = Call(SYS_fcntl, fd, F_GETFD);
    if (result >= 0) Escaped("a descriptor that was left open");
  }
  Refused(result);
}
