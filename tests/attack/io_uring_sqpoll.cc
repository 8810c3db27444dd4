// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25, C4.41. A ring that a constructor made, which the kernel polls by
// itself: work by writing to memory, without a call that a filter could see.
// A program with such a ring is not run.

#include "tests/attack/attack.h"
#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

Ring g_ring;
BEFORE_THE_LOCK MakeRing() { g_ring.Create(IORING_SETUP_SQPOLL); }

int main(int, char** argv) {
  g_ring.AskForFile(argv[1]);
  g_ring.AwaitAnswer();
  EscapedIfDone(g_ring.Answer(), "a file created without a call");
}
