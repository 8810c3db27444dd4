// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41. Talks on a connected socket that it was given, by write(2).
// Documented: what jailrun was given is the program's too.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  if (Call(SYS_write, NumberIn(argv[1]), "hello", 5) != 5) Exit(1);
  Granted("an inherited socket");
}
