// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.41, C3.37. Writes to another process's memory by a descriptor of its
// /proc/PID/mem that it was given for writing. Documented: what jailrun was
// given is the program's too.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long address = NumberIn(argv[2]);
  const long word = 666;
  if (Call(SYS_pwrite64, NumberIn(argv[1]), &word, sizeof(word), address) !=
      sizeof(word))
    Exit(1);
  Granted("another process's memory by an inherited descriptor");
}
