// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.31. Ends another process by group and thread.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long victim = NumberIn(argv[1]);
  EscapedIfDone(Call(SYS_tgkill, victim, victim, 15), "another process ended");
}
