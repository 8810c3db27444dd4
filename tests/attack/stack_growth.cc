// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.20. Memory by recursion: the stack grows without a call. It ends at 8 MiB
// by SIGSEGV, however high the limit outside was.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

__attribute__((noinline)) int Recurse(int megabytes) {
  volatile char part[1 << 20];
  for (size_t i = 0; i < sizeof(part); i += kPageBytes) part[i] = 1;
  return megabytes == 0 ? part[0] : Recurse(megabytes - 1) + part[0];
}

int main() {
  if (Recurse(16) > 0) Escaped("16 MiB of stack");
}
