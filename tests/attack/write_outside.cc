// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. With --rw for another directory: writes by a path, by .. and by a
// symbolic link of its own.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const char* outside = argv[1];
  const char* dotdot = argv[2];
  const char* link = argv[3];
  long result = Call(SYS_open, outside, O_WRONLY);
  if (result >= 0) Escaped("a file elsewhere");
  result = Call(SYS_open, dotdot, O_WRONLY | O_TRUNC);
  if (result >= 0) Escaped("a file elsewhere, by ..");
  Need(Call(SYS_symlink, outside, link) == 0);
  EscapedIfDone(Call(SYS_open, link, O_RDWR | O_CREAT, 0600),
                "a file elsewhere, by a link");
}
