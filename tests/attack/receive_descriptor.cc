// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.35. Takes a descriptor in, by SCM_RIGHTS over a socket that it was given
// and that holds one.

#include <sys/socket.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  char byte;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const long got = Call(SYS_recvmsg, NumberIn(argv[1]), &message, 0);
  if (got >= 0 && message.msg_controllen == 0) NoEffect();
  EscapedIfDone(got, "a descriptor taken in");
}
