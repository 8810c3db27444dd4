// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.2. Memory by the x32 ABI, whose calls have the native architecture and bit
// 30 in their numbers. The filter kills numbers with that bit.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uint64_t before = Mappings();
  const long at =
      Call(kX32 | SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory by x32");
}
