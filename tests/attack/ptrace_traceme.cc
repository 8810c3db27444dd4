// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Has itself traced by its parent.

#include <sys/ptrace.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0), "a traced process");
}
