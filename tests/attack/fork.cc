// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. A process of its own, which the time limit would not find.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process");
}
