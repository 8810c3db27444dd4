// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.23. Has malloc hand out an address of its choice, by overwriting the links
// in freed blocks. Links are masked, so that a plain address leads to where no
// memory can be: SIGSEGV. Whoever reads the mask can write the whole process
// anyway.

#include <stdlib.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static uintptr_t target[64];
  void* blocks[8];
  for (void*& block : blocks) block = malloc(64);
  for (void* block : blocks) free(block);
  for (void* block : blocks) {
    __asm__ volatile("" : "+r"(block) : : "memory");
    for (int i = 0; i < 8; ++i) {
      static_cast<volatile uintptr_t*>(block)[i] =
          reinterpret_cast<uintptr_t>(&target[8]);
    }
  }
  for (int i = 0; i < 64; ++i) {
    auto* block = static_cast<uintptr_t*>(malloc(64));
    if (block >= target && block < target + 64) {
      Escaped("a block at an address of its choice");
    }
  }
  NoEffect();
}
