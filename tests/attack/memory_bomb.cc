// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Memory without end, by malloc and touched. The pool ends; the program
// then gives up.

#include <stdlib.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr size_t kBytes = 1 << 20;
  for (int megabytes = 0; megabytes < 64; ++megabytes) {
    void* block = malloc(kBytes);
    if (block == nullptr) Exit(1);
    memset(block, 1, kBytes);
    __asm__ volatile("" : : "r"(block) : "memory");
  }
  Escaped("64 MiB out of a pool of 16");
}
