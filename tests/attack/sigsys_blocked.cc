// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.33. Blocks SIGSYS by number, so that no trap can stop its mmap. A trap
// that cannot be delivered kills.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const unsigned long all = ~0ul;
  Call(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, 8);
  const uint64_t before = Mappings();
  const long at = Call(SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory with signals blocked");
}
