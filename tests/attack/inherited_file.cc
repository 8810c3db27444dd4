// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41. Writes to a file whose descriptor it was given for writing.
// Documented: what jailrun was given is the program's too.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  if (Call(SYS_pwrite64, NumberIn(argv[1]), "w", 1, 0) != 1) Exit(1);
  Granted("an inherited file written");
}
