// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69. Takes back what the runtime said of the lock, by filling what it
// shares with zeros, and makes a process.

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  FillShared(0);
  const long child = Call(SYS_fork);
  EscapedIfForked(child, "a process");
}
