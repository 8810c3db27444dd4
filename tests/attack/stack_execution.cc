// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Jumps to code that it wrote to the stack.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  alignas(64) char code[64];
  PlaceCode(code);
  if (Runs(code)) Escaped("code on the stack");
}
