// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.16. READ_IMPLIES_EXEC: every later readable mapping would run. EPERM, and
// the personality is the old one.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kReadImpliesExec = 0x0400000;
  EscapedIfDone(Call(SYS_personality, kReadImpliesExec), "READ_IMPLIES_EXEC");
}
