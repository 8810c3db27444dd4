// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.34. A futex operation that libc has no need of, and that had holes in the
// kernel.

#include <linux/futex.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static uint32_t words[2];
  EscapedIfDone(
      Call(SYS_futex, &words[0], FUTEX_CMP_REQUEUE, 0, 0, &words[1], 0),
      "a requeue");
}
