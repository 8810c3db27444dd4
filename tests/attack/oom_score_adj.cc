// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Has the kernel kill others first when memory ends.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long fd = Call(SYS_open, "/proc/self/oom_score_adj", O_WRONLY);
  EscapedIfDone(fd, "its standing when memory ends");
}
