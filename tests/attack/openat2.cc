// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.8. Opens a file to write by openat2, whose flags lie in memory where no
// filter looks. ENOSYS.

#include <fcntl.h>
#include <linux/openat2.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  open_how how = {};
  how.flags = O_WRONLY;
  EscapedIfDone(Call(SYS_openat2, AT_FDCWD, argv[1], &how, sizeof(how)),
                "a file opened for writing");
}
