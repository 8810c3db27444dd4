// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. Code in the kernel.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_init_module, "no module", 9, ""),
                "code in the kernel");
}
