// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Jumps to code that it wrote to the one memory that it shares with
// jailrun.

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const Range shared = SharedWithJailrun();
  PlaceCode(shared.begin);
  if (Runs(shared.begin)) Escaped("code in shared memory");
}
