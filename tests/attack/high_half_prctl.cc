// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.4. Sets the own thread dumpable again with a bit in the high half of the
// option, which the kernel drops.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kSetDumpable = 4;
  EscapedIfDone(Call(SYS_prctl, (1l << 32) | kSetDumpable, 1, 0, 0, 0),
                "a dumpable process");
}
