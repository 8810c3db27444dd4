// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25, C4.41. A ring from before the lock that the kernel polls by itself,
// used after it without a call. No filter sees that, and Lock does not look for
// rings: what was opened and mapped before it, a process keeps. Documented.

#include "tests/attack/library.h"
#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  Ring ring;
  ring.Create(IORING_SETUP_SQPOLL);
  if (IsToLock(argv)) LockAlone();
  ring.AskForFile(argv[2]);
  ring.AwaitAnswer();
  if (ring.Answer() < 0) Refused(ring.Answer());
  if (IsToLock(argv)) Granted("a file created by a ring from before the lock");
  Escaped("a file created without a call");
}
