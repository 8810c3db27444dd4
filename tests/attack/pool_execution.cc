// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Jumps to code that it wrote to the pool. Nothing there is executable.

#include <stdlib.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  void* block = malloc(kPageBytes);
  Need(block != nullptr);
  PlaceCode(block);
  if (Runs(block)) Escaped("code in the pool");
}
