// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67, C9.69. Tells jailrun of refusals that never were, as the runtime does,
// 100000 times: with registers that cannot be read, that lead nowhere or round
// in circles, and with figures of any size. No effect: no pool was exhausted.

#include "tests/attack/exhaustion_call.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (int i = 0; i < 25000; ++i) MakeExhaustionCalls();
  NoEffect();
}
