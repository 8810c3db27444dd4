// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.26. Has every call delivered to itself before the filter looks.

#include <linux/prctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static char selector = 0;
  EscapedIfDone(Call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
                     PR_SYS_DISPATCH_ON, 0, 0, &selector),
                "its own dispatch");
}
