// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Memory by a call that is newer than the table. Unknown numbers do not
// exist: ENOSYS.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kMapShadowStack = 453;
  EscapedIfDone(Call(kMapShadowStack, 0, kPageBytes, 0), "a shadow stack");
}
