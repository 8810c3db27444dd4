// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.26. Moves what the kernel believes of its memory.

#include <linux/prctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static char page[2 * kPageBytes];
  EscapedIfDone(Call(SYS_prctl, PR_SET_MM, PR_SET_MM_ARG_START, page, 0, 0),
                "another memory map");
}
