// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. A ring from before the lock, used by io_uring_enter after it.

#include "tests/attack/library.h"
#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  Ring ring;
  ring.Create(0);
  if (IsToLock(argv)) LockAlone();
  ring.AskForFile(argv[2]);
  const long result = Call(SYS_io_uring_enter, ring.fd(), 1, 1,
                           IORING_ENTER_GETEVENTS, nullptr, 0);
  if (result < 0) Refused(result);
  EscapedIfDone(ring.Answer(), "a file created by a ring");
}
