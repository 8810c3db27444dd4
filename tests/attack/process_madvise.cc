// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.14. Advises the kernel about another process's memory, by a pidfd that it
// has.

#include <sys/uio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_pidfd = -1;
BEFORE_THE_LOCK OpenPidfd() {
  g_pidfd = Call(SYS_pidfd_open, Call(SYS_getpid), 0);
}

int main() {
  constexpr int kCold = 20;
  static char page[2 * kPageBytes];
  const iovec range = {
      reinterpret_cast<void*>(
          (reinterpret_cast<uintptr_t>(page) + kPageBytes - 1) &
          -uintptr_t{kPageBytes}),
      kPageBytes};
  EscapedIfDone(Call(SYS_process_madvise, g_pidfd, &range, 1, kCold, 0),
                "advice about a process");
}
