// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.17. Another program, by the instruction.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { Refused(Call(SYS_execve, kShell, kShellWords, nullptr)); }
