// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Takes another process's file through /proc/PID/fd, where it may be one
// without a name.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%s/fd/0", argv[1]);
  EscapedIfDone(Call(SYS_open, path, O_RDONLY), "another process's descriptor");
}
