// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.33. Ignores SIGSYS by number, so that its mmap goes on. A trap that is
// ignored kills.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const struct {
    void (*handler)(int);
    unsigned long flags, restorer, mask;
  } ignore = {SIG_IGN, 0, 0, 0};
  Need(Call(SYS_rt_sigaction, SIGSYS, &ignore, nullptr, 8) == 0);
  const uint64_t before = Mappings();
  const long at = Call(SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory with SIGSYS ignored");
}
