// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.3. Hides execve's number behind the whole high half of rax. The filter
// sees what the kernel sees.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  Refused(Call((-1l << 32) | SYS_execve, kShell, kShellWords, nullptr));
}
