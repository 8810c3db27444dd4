// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Ends another process by naming it the owner of a pipe that signals
// with SIGKILL when something arrives.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr int kSetSignal = 10;
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  long result = Call(SYS_fcntl, ends[0], F_SETOWN, NumberIn(argv[1]));
  if (result == 0) result = Call(SYS_fcntl, ends[0], kSetSignal, 9);
  if (result == 0) result = Call(SYS_fcntl, ends[0], F_SETFL, O_ASYNC);
  EscapedIfDone(result, "another process ended by a pipe");
}
