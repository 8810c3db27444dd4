// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Forges the figures and who asked, and fails: called exhausted on its
// own word, which is documented, and the report names what it was told.

#include "tests/attack/exhaustion_call.h"
#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  FillShared(0xff);
  MakeExhaustionCalls();
  Exit(1);
}
