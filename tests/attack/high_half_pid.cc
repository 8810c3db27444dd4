// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.4. Signals another process with a bit in the high half of its pid, which
// the kernel drops. The condition compares the half that counts.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_kill, (1l << 32) | NumberIn(argv[1]), 15),
                "another process signalled");
}
