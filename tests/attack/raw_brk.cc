// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Memory outside the pool, by a raw brk. The trap's answer is where the
// break was.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uint64_t before = Mappings();
  const long end = Call(SYS_brk, 0);
  Need(end > 0);
  EscapedIfMapped(before, Call(SYS_brk, end + (1 << 20)), "memory by brk");
}
