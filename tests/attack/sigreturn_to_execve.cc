// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.32. A forged signal frame that returns to a syscall instruction with
// execve in rax. The call is judged as any other.

#include "tests/attack/sigreturn.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  SigreturnTo(&Refused, SYS_execve, Word(kShell), Word(kShellWords), 0, 0, 0,
              0);
}
