// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Fills all that it shares with jailrun with ones, phase, listener and
// filter with them, and makes a process. It is found out all the same.

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  FillShared(0xff);
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process");
}
