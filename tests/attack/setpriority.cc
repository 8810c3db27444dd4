// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Changes its standing among the processes.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr int kProcess = 0;
  EscapedIfDone(Call(SYS_setpriority, kProcess, 0, 19), "another priority");
}
