// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25, C4.41. The same for a socket, which no Landlock domain of ours keeps
// it from. A program with such a ring is not run.

#include "tests/attack/attack.h"
#include "tests/attack/ring.h"

using namespace cellblock;  // NOLINT: one small program

Ring g_ring;
BEFORE_THE_LOCK MakeRing() { g_ring.Create(IORING_SETUP_SQPOLL); }

int main() {
  g_ring.AskForSocket();
  g_ring.AwaitAnswer();
  if (g_ring.Answer() < 0) Refused(g_ring.Answer());
  Escaped("a socket by a ring from before main");
}
