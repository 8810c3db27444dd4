// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Puts the page cache's own pages of a file that it may only read into a
// pipe, the first step of writing to them through a kernel hole.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  const long fd = Call(SYS_open, argv[1], 0);
  Need(fd >= 0);
  EscapedIfDone(Call(SYS_splice, fd, nullptr, ends[1], nullptr, 1, 0),
                "page cache in a pipe");
}
