// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Traces the process that confines it.

#include <sys/ptrace.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_ptrace, PTRACE_SEIZE, Call(SYS_getppid), 0, 0),
                "the parent traced");
}
