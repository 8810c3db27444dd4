// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. A connection to a local service. EACCES, as getpwnam copes with it.

#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_socket, AF_UNIX, SOCK_STREAM, 0), "a local socket");
}
