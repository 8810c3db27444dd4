// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. Registers its memory with a ring that it holds from before the lock:
// pinned pages. A program with such a ring is not run.

#include <sys/uio.h>

#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

Ring g_ring;
BEFORE_THE_LOCK MakeRing() { g_ring.Create(0); }

int main() {
  static char page[kPageBytes];
  const iovec range = {page, sizeof(page)};
  EscapedIfDone(Call(SYS_io_uring_register, g_ring.fd(), 0, &range, 1),
                "memory registered");
}
