// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. A pair of sockets, with all that sockets can do.

#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int ends[2];
  EscapedIfDone(Call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends),
                "a pair of sockets");
}
