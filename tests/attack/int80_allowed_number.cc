// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.1. The 32-bit entry with a number that the table allows, 20: getpid there,
// writev here. The filter looks at the ABI first and kills.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kGetpid = 20;
  EscapedIfDone(CallInt80(kGetpid), "a 32-bit call");
}
