// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Hopes that who was looked at already is not looked at again.

#include "tests/attack/exhaustion_call.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (int i = 0; i < 1000; ++i) MakeExhaustionCalls();
  EscapedIfForked(Call(SYS_fork), "a process");
}
