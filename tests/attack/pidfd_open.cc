// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. A handle on another process.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_pidfd_open, NumberIn(argv[1]), 0), "a pidfd");
}
