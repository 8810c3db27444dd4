// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "jail/own_descriptor.h"

// Linux 6.6, newer than Debian 12's header.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace cellblock {

namespace {

UniqueFd FetchDescriptor(int pidfd, int number) {
  return MakeDescriptor([&] {
    return static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0));
  });
}

}  // namespace

Listener::Listener(UniqueFd fd) : fd_(std::move(fd)) {
  // Both sides take turns, so one CPU serves them best. Older kernels refuse.
  if (ok()) {
    synchronous_ = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS,
                         SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) == 0;
  }
}

Listener Listener::Fetch(int pidfd, int number) {
  return Listener(FetchDescriptor(pidfd, number));
}

bool Listener::CanFetch(int pidfd, int number) {
  return FetchDescriptor(pidfd, number).ok();
}

std::optional<Listener> Listener::Receive(int socket) {
  char byte;
  iovec part = {&byte, sizeof(byte)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (got == 0) return std::nullopt;
  if (got < 0) return Listener();
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    return Listener();
  }
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return Listener(ClearOfStandard(fd));
}

std::optional<Listener::Call> Listener::Next() const {
  seccomp_notif notification = {};
  if (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) {
    return {};
  }
  Call call = {.id = notification.id,
               .pid = notification.pid,
               .request = {
                   .number = static_cast<uint32_t>(notification.data.nr),
                   .arch = notification.data.arch,
                   .instruction = notification.data.instruction_pointer,
               }};
  std::copy(std::begin(notification.data.args),
            std::end(notification.data.args), std::begin(call.request.args));
  return call;
}

bool Listener::Continue(const Call& call) const {
  return Send(call, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

bool Listener::Give(const Call& call, int fd, int number) const {
  seccomp_notif_addfd request = {};
  request.id = call.id;
  request.flags = SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND;
  request.srcfd = static_cast<uint32_t>(fd);
  request.newfd = static_cast<uint32_t>(number);
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &request) >= 0;
}

bool Listener::GiveNew(const Call& call, int fd, AcrossExec held) const {
  seccomp_notif_addfd request = {};
  request.id = call.id;
  request.flags = SECCOMP_ADDFD_FLAG_SEND;
  request.srcfd = static_cast<uint32_t>(fd);
  request.newfd_flags = held == AcrossExec::kClosed ? O_CLOEXEC : 0;
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &request) >= 0;
}

void Listener::Refuse(const Call& call, int error) const {
  Send(call, -error, 0);
}

bool Listener::Send(const Call& call, int error, uint32_t flags) const {
  seccomp_notif_resp response = {};
  response.id = call.id;
  response.error = error;
  response.flags = flags;
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

}  // namespace cellblock
