// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.31. Ends another process's thread under its own group's number, which the
// filter lets through. The kernel sees that they do not belong together: ESRCH.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_tgkill, Call(SYS_getpid), NumberIn(argv[1]), 15),
                "another process ended");
}
