// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Attaches a System V segment that exists, by its guessed number.

#include <sys/ipc.h>
#include <sys/shm.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_segment = -1;
BEFORE_THE_LOCK MakeSegment() {
  g_segment = Call(SYS_shmget, IPC_PRIVATE, kPageBytes, 0600 | IPC_CREAT);
  // It lives as long as it is attached once.
  Call(SYS_shmat, g_segment, nullptr, 0);
  Call(SYS_shmctl, g_segment, IPC_RMID, nullptr);
}

int main() {
  Need(g_segment >= 0);
  EscapedIfDone(Call(SYS_shmat, g_segment, nullptr, 0), "a segment attached");
}
