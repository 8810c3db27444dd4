// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. A userfaultfd by the device's ioctl instead of the call. Opening it to
// read is allowed where the user may; its ioctl is not.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kUserfaultfdNew = 0xaa00;
  const long fd = Call(SYS_open, "/dev/userfaultfd", O_RDONLY);
  if (fd < 0) Refused(fd);
  EscapedIfDone(Call(SYS_ioctl, fd, kUserfaultfdNew, 0), "a userfaultfd");
}
