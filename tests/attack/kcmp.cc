// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Learns by comparison where the kernel keeps what two processes share.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr int kFiles = 2;
  EscapedIfDone(
      Call(SYS_kcmp, Call(SYS_getpid), NumberIn(argv[1]), kFiles, 0, 0),
      "a comparison");
}
