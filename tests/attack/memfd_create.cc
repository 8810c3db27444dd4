// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. A file in memory: bytes outside the pool that the kernel keeps.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_memfd_create, "hidden", 0), "a file in memory");
}
