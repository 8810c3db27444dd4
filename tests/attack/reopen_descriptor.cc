// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Opens a descriptor that it may only read from anew, for writing,
// through /proc/self/fd.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64] = "/proc/self/fd/";
  strcat(path, argv[1]);
  EscapedIfDone(Call(SYS_open, path, O_WRONLY),
                "a descriptor reopened for writing");
}
