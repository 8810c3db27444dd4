// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Reads the kernel's memory, and with it everybody's, by /proc/kcore.
// Only root may open it.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long fd = Call(SYS_open, "/proc/kcore", 0);
  if (fd < 0) Refused(fd);
  char byte;
  EscapedIfDone(Call(SYS_read, fd, &byte, 1), "the kernel's memory");
}
