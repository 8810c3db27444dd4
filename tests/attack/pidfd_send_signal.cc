// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Ends another process by a pidfd that it holds from before the lock.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_pidfd = -1;
__attribute__((constructor)) void OpenPidfd(int, char** argv) {
  g_pidfd = Call(SYS_pidfd_open, NumberIn(argv[1]), 0);
}

int main() {
  Need(g_pidfd >= 0);
  EscapedIfDone(Call(SYS_pidfd_send_signal, g_pidfd, 15, nullptr, 0),
                "another process ended");
}
