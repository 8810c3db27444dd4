// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.20. Memory by touching far below the stack at once, past its guard.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  *reinterpret_cast<volatile char*>(here - (9 << 20)) = 1;
  Escaped("9 MiB of stack");
}
