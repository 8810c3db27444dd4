// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Traces another process of its user.

#include <sys/ptrace.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_ptrace, PTRACE_SEIZE, NumberIn(argv[1]), 0, 0),
                "another process traced");
}
