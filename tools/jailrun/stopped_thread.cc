// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/stopped_thread.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

namespace cellblock {
namespace {

bool AwaitStop(pid_t thread) {
  constexpr int kTries = 500;
  constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 200000};
  for (int i = 0; i < kTries; ++i) {
    int status;
    const pid_t changed = waitpid(thread, &status, __WALL | WNOHANG);
    if (changed < 0 && errno != EINTR) return false;
    if (changed == thread) return WIFSTOPPED(status);
    nanosleep(&kPause, nullptr);
  }
  return false;
}

}  // namespace

std::optional<user_regs_struct> StoppedThread::Catch(
    const Listener& listener, const Listener::Call& call) {
  const auto thread = static_cast<pid_t>(call.pid);
  if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return {};
  thread_ = thread;
  if (ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) != 0) return {};
  listener.Refuse(call, EPERM);
  if (!AwaitStop(thread)) return {};
  user_regs_struct registers;
  iovec part = {&registers, sizeof(registers)};
  if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part) != 0 ||
      part.iov_len != sizeof(registers)) {
    return {};
  }
  return registers;
}

void StoppedThread::Release(pid_t process) {
  if (thread_ == 0 || thread_ == process) return;
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(thread_, &status, __WALL);
  } while ((ended < 0 && errno == EINTR) ||
           (ended == thread_ && WIFSTOPPED(status)));
  thread_ = 0;
}

}  // namespace cellblock
