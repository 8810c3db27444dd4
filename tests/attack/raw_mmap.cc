// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Memory outside the pool, by a raw mmap. The trap answers it from the
// pool: the kernel maps nothing.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uint64_t before = Mappings();
  const long at = Call(SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory by mmap");
}
