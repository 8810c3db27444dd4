// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. Enters a namespace by its file in /proc, as root can.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long fd = Call(SYS_open, "/proc/self/ns/uts", O_RDONLY);
  if (fd < 0) Refused(fd);
  EscapedIfDone(Call(SYS_setns, fd, 0), "a namespace entered");
}
