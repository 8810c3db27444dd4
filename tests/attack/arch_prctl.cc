// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.16. Sets the GS base by call. (The instruction WRGSBASE does the same
// without the kernel, to nobody's harm.)

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kSetGs = 0x1001;
  static char area[64];
  EscapedIfDone(Call(SYS_arch_prctl, kSetGs, area), "another GS base");
}
