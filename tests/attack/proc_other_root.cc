// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.44. Leaves through another process's root directory.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/root/", argv[1]);
  EscapedIfDone(Call(SYS_open, path, O_RDONLY | O_DIRECTORY),
                "another process's root");
}
