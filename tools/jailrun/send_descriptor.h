// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SEND_DESCRIPTOR_H_
#define CELLBLOCK_TOOLS_JAILRUN_SEND_DESCRIPTOR_H_

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellblock {

// Sends a copy of `descriptor` with one byte, as Listener::Receive takes it. By
// number, so that nothing else in a process can have done anything with the
// call. The runtime uses it: libc only. Errors: errno. Syscalls: sendmsg.
[[nodiscard]] inline int SendDescriptor(int socket, int descriptor) {
  char byte = 1;
  iovec part = {&byte, sizeof(byte)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(descriptor))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(descriptor));
  memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  return syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SEND_DESCRIPTOR_H_
