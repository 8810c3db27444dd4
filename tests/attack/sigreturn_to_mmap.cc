// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.32. All registers at once from a forged signal frame, which returns to a
// syscall instruction with mmap in rax. The call is judged as any other:
// trapped, answered from the pool.

#include "tests/attack/sigreturn.h"

using namespace cellblock;  // NOLINT: one small program

uint64_t g_before;

void Afterwards(long result) {
  EscapedIfMapped(g_before, result, "memory by sigreturn");
}

int main() {
  g_before = Mappings();
  SigreturnTo(&Afterwards, SYS_mmap, 0, 1 << 20, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
