// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Leaves a named pipe, by mknod.

#include <sys/stat.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_mknod, argv[1], S_IFIFO | 0600, 0), "a named pipe");
}
