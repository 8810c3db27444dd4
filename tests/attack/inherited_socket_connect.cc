// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Connects a socket that it was given to an address of its choice.

#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EscapedIfDone(Call(SYS_connect, NumberIn(argv[1]), &address, sizeof(address)),
                "a connection of its choice");
}
