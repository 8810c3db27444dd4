// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.68. Writes without end, to a descriptor that takes everything.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  static char page[65536];
  for (;;) Call(SYS_write, NumberIn(argv[1]), page, sizeof(page));
}
