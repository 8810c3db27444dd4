// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.13. Makes the program's own text writable. The pool's answer is EACCES.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uintptr_t text =
      reinterpret_cast<uintptr_t>(&main) & -uintptr_t{kPageBytes};
  EscapedIfDone(
      Call(SYS_mprotect, text, kPageBytes, PROT_READ | PROT_WRITE | PROT_EXEC),
      "writable text");
}
