// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. Work by a ring that it holds from before the lock: creates a file. A
// program with such a ring is not run.

#include "tests/attack/attack.h"
#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

Ring g_ring;
BEFORE_THE_LOCK MakeRing() { g_ring.Create(0); }

int main(int, char** argv) {
  g_ring.AskForFile(argv[1]);
  const long result = Call(SYS_io_uring_enter, g_ring.fd(), 1, 1,
                           IORING_ENTER_GETEVENTS, nullptr, 0);
  if (result < 0) Refused(result);
  EscapedIfDone(g_ring.Answer(), "a file created by a ring");
}
