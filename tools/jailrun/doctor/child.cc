// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail/lock.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/unique_fd.h"

namespace cellblock {
namespace {

// A finding is one message of a pipe: a byte for the state, then the detail.
constexpr size_t kMostBytes = 4096;

[[noreturn]] void Look(const Check& check, pid_t parent, int result) {
  // Where the kernel refuses, the deadline alone ends a child that hangs.
  (void)DieWithParent(parent);
  const Finding finding = check.look();
  std::string message(1, static_cast<char>(finding.state));
  message += finding.detail.substr(0, kMostBytes - 1);
  (void)!write(result, message.data(), message.size());
  _exit(0);
}

// How the child ended; empty iff it did not within a second. It is not waited
// for without end: where no signal may be sent it cannot be killed.
std::string Reap(pid_t pid) {
  for (int waited = 0; waited < 1000; ++waited) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return WithErrno("waitpid", errno);
    if (ended == pid && WIFSIGNALED(status)) {
      return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
             strsignal(WTERMSIG(status)) + ")";
    }
    if (ended == pid) return "ended without a word";
    usleep(1000);
  }
  return {};
}

Finding Hear(const Check& check, pid_t pid, int result) {
  pollfd event = {result, POLLIN, 0};
  const int ready = poll(&event, 1, check.seconds * 1000);
  if (ready <= 0) {
    kill(pid, SIGKILL);
    Reap(pid);
    return Unknown("no answer within " + std::to_string(check.seconds) +
                   " seconds");
  }
  char message[kMostBytes];
  const ssize_t got = read(result, message, sizeof(message));
  const std::string end = Reap(pid);
  if (got <= 0) return Unknown("the process that tried it " + end);
  return {static_cast<CheckState>(message[0]),
          std::string(message + 1, static_cast<size_t>(got) - 1)};
}

}  // namespace

Finding LookInChild(const Check& check) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Unknown(WithErrno("pipe2", errno));
  const UniqueFd result(ends[0]);
  UniqueFd sink(ends[1]);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Unknown(WithErrno("cannot start a process", errno));
  if (pid == 0) Look(check, parent, sink.get());
  sink.Close();
  return Hear(check, pid, result.get());
}

}  // namespace cellblock
