// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. A file without a name, by O_TMPFILE: disk space that nobody sees.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  EscapedIfDone(Call(SYS_open, argv[1], O_TMPFILE | O_RDWR, 0600),
                "a file without a name");
}
