// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. A message queue that another process can find.

#include <sys/ipc.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long id = Call(SYS_msgget, IPC_PRIVATE, 0600 | IPC_CREAT);
  if (id >= 0) Call(SYS_msgctl, id, IPC_RMID, nullptr);
  EscapedIfDone(id, "a message queue");
}
