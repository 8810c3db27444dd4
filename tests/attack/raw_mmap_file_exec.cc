// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Code from a file: maps its own program anew, executable. The pool's
// answer is EACCES.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = Call(SYS_open, argv[0], 0);
  Need(fd >= 0);
  EscapedIfDone(Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_EXEC,
                     MAP_PRIVATE, fd, 0),
                "code from a file");
}
