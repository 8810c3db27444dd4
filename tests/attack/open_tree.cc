// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. A copy of the mounts, which can be moved anywhere.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr int kClone = 1;
  EscapedIfDone(Call(SYS_open_tree, AT_FDCWD, "/", kClone),
                "a copy of the mounts");
}
