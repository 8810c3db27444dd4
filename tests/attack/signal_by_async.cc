// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Has a terminal signal its foreground group at every key, with O_ASYNC.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  EscapedIfDone(Call(SYS_fcntl, ends[0], F_SETFL, O_ASYNC),
                "signals on arrival");
}
