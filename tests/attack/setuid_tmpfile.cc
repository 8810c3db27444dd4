// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Below --rw: a setuid file that has no name yet, for linkat to give
// one.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_openat, AT_FDCWD, argv[1], O_TMPFILE | O_RDWR, 04755),
                "a setuid file");
}
