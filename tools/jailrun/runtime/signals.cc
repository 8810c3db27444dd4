// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// SIGSYS is the runtime's: a program that blocks every signal, or handles this
// one, would be killed at its next trapped call. Here it is kept out of every
// mask, and a handler for it is accepted and not installed.

#include <errno.h>
#include <signal.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Sigaction = int(int, const struct sigaction*, struct sigaction*);
using Signal = sighandler_t(int, sighandler_t);
using SetMask = int(int, const sigset_t*, sigset_t*);

Sigaction* g_sigaction;
Signal* g_signal;
SetMask* g_sigprocmask;
SetMask* g_pthread_sigmask;

// What the program believes its SIGSYS handler to be.
struct sigaction g_claimed = {};

template <typename Function>
Function* Found(Function** function, const char* name) {
  if (*function == nullptr) *function = Next(*function, name);
  return *function;
}

// Before the lock nothing is trapped; without one nothing ever is.
bool Ours() { return TheControl() != nullptr && TheControl()->confine; }

// `set` without SIGSYS, in `copy`.
const sigset_t* Spare(const sigset_t* set, sigset_t* copy) {
  if (set == nullptr || !Ours()) return set;
  *copy = *set;
  sigdelset(copy, SIGSYS);
  return copy;
}

}  // namespace

void FindSignalFunctions() {
  Found(&g_sigaction, "sigaction");
  Found(&g_signal, "signal");
  Found(&g_sigprocmask, "sigprocmask");
  Found(&g_pthread_sigmask, "pthread_sigmask");
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

CELLBLOCK_EXPORT int sigaction(int signal, const struct sigaction* action,
                               struct sigaction* old) noexcept {
  Sigaction* real = Found(&g_sigaction, "sigaction");
  if (!Ours()) return real(signal, action, old);
  if (signal == SIGSYS) {
    if (old != nullptr) *old = g_claimed;
    if (action != nullptr) g_claimed = *action;
    return 0;
  }
  if (action == nullptr) return real(signal, action, old);
  struct sigaction copy = *action;
  sigdelset(&copy.sa_mask, SIGSYS);
  return real(signal, &copy, old);
}

CELLBLOCK_EXPORT sighandler_t signal(int number,
                                     sighandler_t handler) noexcept {
  Signal* real = Found(&g_signal, "signal");
  if (!Ours() || number != SIGSYS) return real(number, handler);
  const sighandler_t old = g_claimed.sa_handler;
  g_claimed.sa_handler = handler;
  return old;
}

CELLBLOCK_EXPORT int sigprocmask(int how, const sigset_t* set,
                                 sigset_t* old) noexcept {
  sigset_t copy;
  return Found(&g_sigprocmask, "sigprocmask")(
      how, how == SIG_UNBLOCK ? set : Spare(set, &copy), old);
}

CELLBLOCK_EXPORT int pthread_sigmask(int how, const sigset_t* set,
                                     sigset_t* old) noexcept {
  sigset_t copy;
  return Found(&g_pthread_sigmask, "pthread_sigmask")(
      how, how == SIG_UNBLOCK ? set : Spare(set, &copy), old);
}
