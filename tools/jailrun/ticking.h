// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TICKING_H_
#define CELLBLOCK_TOOLS_JAILRUN_TICKING_H_

#include <signal.h>
#include <sys/time.h>

namespace cellblock {

// A forbidden call can be withdrawn between the moment that it shows and the
// moment that it is read, and the kernel then blocks the reader. A jail must
// not put its own deadline off that way: a tick interrupts whatever blocks.
//
// Lifecycle: from construction to destruction, after which SIGALRM is as it
//   was: what runs next is not interrupted, and inherits nothing of it.
// Threads: one.
class Ticking {
 public:
  Ticking() {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, &action_before_);  // without SA_RESTART
    sigset_t tick;
    sigemptyset(&tick);
    sigaddset(&tick, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &tick, &mask_before_);
    Set({.tv_sec = 0, .tv_usec = 250000});
  }
  // What has come by then has been taken: it is not blocked.
  ~Ticking() {
    Set({});
    sigaction(SIGALRM, &action_before_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  Ticking(const Ticking&) = delete;
  Ticking& operator=(const Ticking&) = delete;

 private:
  static void Set(const timeval& interval) {
    const itimerval timer = {.it_interval = interval, .it_value = interval};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }

  struct sigaction action_before_;
  sigset_t mask_before_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TICKING_H_
