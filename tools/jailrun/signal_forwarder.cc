// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/signal_forwarder.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace cellblock {

namespace {

// A terminal that goes away tells whoever leads its session.
bool IsForLeaderAlone(uint32_t number) {
  return number == SIGHUP && getsid(0) == getpid();
}

}  // namespace

SignalForwarder::SignalForwarder() {
  sigset_t forwarded;
  sigemptyset(&forwarded);
  for (const int number :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    sigaddset(&forwarded, number);
  }
  sigprocmask(SIG_BLOCK, &forwarded, &inherited_.mask);
  inherited_.TakeActions();
  fd_ = UniqueFd(signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.ok()) sigprocmask(SIG_SETMASK, &inherited_.mask, nullptr);
}

void SignalForwarder::Forward(const Launched& child) {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
    came_ |= uint64_t{1} << info.ssi_signo;
    if (info.ssi_code == SI_KERNEL && !IsForLeaderAlone(info.ssi_signo)) {
      continue;  // the terminal told both
    }
    (void)SendSignal(child, static_cast<int>(info.ssi_signo));
  }
}

void SignalForwarder::Forget() {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
  }
  came_ = 0;
}

}  // namespace cellblock
