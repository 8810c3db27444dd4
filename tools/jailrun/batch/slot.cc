// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "jail/lock.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

struct Message {
  size_t input;
  PoolTier tier;
};

constexpr size_t kDescriptors = 3;

// With the descriptors of an order, in order.
struct Taken {
  Message message;
  UniqueFd output;
  UniqueFd words;
  UniqueFd report;
};

// Empty iff there will be no more. Ends the process if one comes without all
// of its descriptors: this process may have no more of them.
std::optional<Taken> Take(int orders) {
  Taken taken;
  iovec part = {&taken.message, sizeof(taken.message)};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int) * kDescriptors)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof(ancillary);
  ssize_t got;
  do {
    got = recvmsg(orders, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof(taken.message)) return {};
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  int fds[kDescriptors];
  if (header == nullptr || header->cmsg_level != SOL_SOCKET ||
      header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(fds)) ||
      (message.msg_flags & MSG_CTRUNC) != 0) {
    _exit(1);
  }
  memcpy(fds, CMSG_DATA(header), sizeof(fds));
  taken.output = UniqueFd(fds[0]);
  taken.words = UniqueFd(fds[1]);
  taken.report = UniqueFd(fds[2]);
  return taken;
}

// Nothing of other inputs, of the journal or of the list stays open for as long
// as this process lives.
void CloseOthers(std::vector<int> kept) {
  kept.insert(kept.end(), {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
  std::sort(kept.begin(), kept.end());
  int next = 0;
  for (const int fd : kept) {
    if (fd > next) syscall(SYS_close_range, next, fd - 1, 0);
    next = fd + 1;
  }
  syscall(SYS_close_range, next, ~0u, 0);
}

bool PutInPlace(int input, int output, int words) {
  return dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
         dup2(words, STDERR_FILENO) >= 0;
}

UniqueFd OpenNull(int how) {
  return UniqueFd(open("/dev/null", how | O_CLOEXEC));
}

// In the new process.
[[noreturn]] void Work(const Slot::Setup& setup, pid_t parent, int orders) {
  if (!DieWithParent(parent)) _exit(1);
  // What a terminal sends goes to the batch, which ends its slots itself.
  setpgid(0, 0);
  std::vector<int> kept(setup.kept.begin(), setup.kept.end());
  kept.push_back(orders);
  CloseOthers(std::move(kept));
  const UniqueFd nowhere = OpenNull(O_RDWR);
  if (!PutInPlace(nowhere.get(), nowhere.get(), nowhere.get())) _exit(1);
  sigprocmask(SIG_SETMASK, setup.signal_mask, nullptr);
  const Slot::Serve serve = setup.prepare();
  // The programs have it as it was.
  signal(SIGPIPE, SIG_IGN);
  while (std::optional<Taken> taken = Take(orders)) {
    // Of each input's own: what is set on one outlasts it.
    const UniqueFd input = OpenNull(O_RDONLY);
    if (!PutInPlace(input.get(), taken->output.get(), taken->words.get())) {
      _exit(1);
    }
    taken->output.Close();
    taken->words.Close();
    const Slot::Served served =
        serve(taken->message.input, taken->message.tier);
    if (!PutInPlace(nowhere.get(), nowhere.get(), nowhere.get())) _exit(1);
    WriteAll(taken->report.get(), served.text);
    if (served.next == Slot::Next::kEnds) break;
  }
  _exit(0);
}

}  // namespace

Slot::~Slot() {
  if (pid_ < 0) return;
  // Its jail dies with it. Where it may not be killed it ends with its input.
  kill(pid_, SIGKILL);
  orders_.Close();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int Slot::Start(const Setup& setup) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
    return errno;
  }
  orders_ = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) return errno;
  if (pid_ == 0) Work(setup, parent, theirs.get());
  return 0;
}

int Slot::Give(const Order& order) const {
  Message text = {.input = order.input, .tier = order.tier};
  const int fds[kDescriptors] = {order.output, order.words, order.report};
  iovec part = {&text, sizeof(text)};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(fds))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof(ancillary);
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(fds));
  memcpy(CMSG_DATA(header), fds, sizeof(fds));
  return sendmsg(orders_.get(), &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace cellblock
