// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Fills all that it shares with jailrun with ones and ends well. The
// report carries numbers, and the verdict is what the kernel says: clean.

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  FillShared(0xff);
  Exit(0);
}
