// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.3. Hides mmap's number behind a bit of the high half of rax, which the
// kernel drops. The filter sees what the kernel sees: trapped, answered from
// the pool.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uint64_t before = Mappings();
  const long at =
      Call((1l << 32) | SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory by a number of 33 bits");
}
