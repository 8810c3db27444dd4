// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. As root: changes a setting of the kernel.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_open, "/proc/sys/kernel/core_pattern", O_WRONLY),
                "a setting of the kernel");
}
