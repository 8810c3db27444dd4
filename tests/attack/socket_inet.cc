// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. A connection to another host.

#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_socket, AF_INET, SOCK_STREAM, 0), "a TCP socket");
}
