// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.67. Puts the deadline off by keeping jailrun busy: refused calls without
// end.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (;;) Call(SYS_setrlimit, 0, nullptr);
}
