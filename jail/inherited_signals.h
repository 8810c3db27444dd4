// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_INHERITED_SIGNALS_H_
#define CELLBLOCK_JAIL_INHERITED_SIGNALS_H_

#include <signal.h>

namespace cellblock {

// What jailrun found of signals when it started, and changed for itself: the
// program gets it as it was.
struct InheritedSignals {
  sigset_t mask = {};
  // An ignored SIGCHLD would have the kernel throw away how the program ended.
  struct sigaction child_action = {};
  // A low limit on file sizes would end jailrun by SIGXFSZ.
  struct sigaction file_size_action = {};
  // Where jailrun writes it is ignored: the call says that a reader is gone.
  struct sigaction pipe_action = {};

  // In jailrun: the first two as it needs them; the last is as it was still.
  void TakeActions() {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, &child_action);
    action.sa_handler = SIG_IGN;
    sigaction(SIGXFSZ, &action, &file_size_action);
    sigaction(SIGPIPE, nullptr, &pipe_action);
  }

  // In the program's process, before execve. SIGSYS is the runtime's, so it is
  // not blocked. Async-signal-safe.
  void Restore() const {
    sigaction(SIGCHLD, &child_action, nullptr);
    sigaction(SIGXFSZ, &file_size_action, nullptr);
    sigaction(SIGPIPE, &pipe_action, nullptr);
    sigset_t program_mask = mask;
    sigdelset(&program_mask, SIGSYS);
    sigprocmask(SIG_SETMASK, &program_mask, nullptr);
  }
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_INHERITED_SIGNALS_H_
