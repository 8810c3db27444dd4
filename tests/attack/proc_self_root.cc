// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Opens a file for writing by /proc/self/root.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[512] = "/proc/self/root";
  strncat(path, argv[1], 400);
  EscapedIfDone(Call(SYS_open, path, O_WRONLY), "a file opened for writing");
}
