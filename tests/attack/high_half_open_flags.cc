// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.4. Opens for writing with a bit in the high half of the flags, which the
// kernel drops. The condition looks at the half that counts: EROFS.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = Call(SYS_openat, -100, argv[1], (1l << 32) | 1, 0);
  EscapedIfDone(fd, "a file opened for writing");
}
