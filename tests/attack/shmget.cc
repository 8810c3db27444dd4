// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. A System V segment: memory outside the pool, and a channel to other
// processes.

#include <sys/ipc.h>
#include <sys/shm.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long id = Call(SYS_shmget, IPC_PRIVATE, kPageBytes, 0600 | IPC_CREAT);
  if (id >= 0) Call(SYS_shmctl, id, IPC_RMID, nullptr);
  EscapedIfDone(id, "a shared segment");
}
