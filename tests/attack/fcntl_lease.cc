// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Holds a lease on a file, so that everybody else who opens it waits.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr int kSetLease = 1024;
  const long fd = Call(SYS_open, argv[1], O_RDONLY);
  Need(fd >= 0);
  EscapedIfDone(Call(SYS_fcntl, fd, kSetLease, F_WRLCK), "a lease");
}
