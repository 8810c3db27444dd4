// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Opens the memory of the process that confines it.

#include <fcntl.h>
#include <stdio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%ld/mem", Call(SYS_getppid));
  EscapedIfDone(Call(SYS_open, path, O_RDONLY), "the parent's memory");
}
