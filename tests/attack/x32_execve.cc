// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.2. Another program by x32's own number for execve, 520. The filter kills
// numbers with that bit.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() { Refused(Call(kX32 | 520, kShell, kShellWords, nullptr)); }
