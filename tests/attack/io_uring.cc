// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. A ring to the kernel, whose work no filter sees.

#include <linux/io_uring.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  io_uring_params params = {};
  EscapedIfDone(Call(SYS_io_uring_setup, 8, &params), "a ring");
}
