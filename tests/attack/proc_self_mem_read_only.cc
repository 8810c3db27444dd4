// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. The same through a descriptor that was opened to read. The kernel
// refuses to open it (of an undumpable process it is root's), or to write to
// it.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

constexpr char kText[] = "read-only";

int main() {
  const long fd = Call(SYS_open, "/proc/self/mem", O_RDONLY);
  if (fd < 0) Refused(fd);
  EscapedIfDone(Call(SYS_pwrite64, fd, "R", 1, kText),
                "read-only memory written");
}
