// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// SIGSYS is the runtime's: a program that blocks every signal, or handles this
// one, would be killed at its next trapped call. Here it is kept out of every
// mask, and a handler for it is accepted and not installed.

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Sigaction = int(int, const struct sigaction*, struct sigaction*);

using SetAttrMask = int(pthread_attr_t*, const sigset_t*);

Sigaction* g_sigaction;
SetAttrMask* g_set_attr_mask;

// What the program believes its SIGSYS handler to be.
struct sigaction g_claimed = {};

// The kernel's set: one word.
constexpr size_t kSetBytes = 8;

// glibc's own, for cancellation and for setuid in every thread: its
// sigprocmask keeps them unblocked, so ours does.
constexpr unsigned long kLibcSignals = 1ul << 31 | 1ul << 32;
constexpr unsigned long kSigsys = 1ul << (SIGSYS - 1);

Sigaction* RealSigaction() {
  FindSignalFunctions();
  return g_sigaction;
}

// Before the lock nothing is trapped; without one nothing ever is.
bool Ours() { return TheControl() != nullptr && TheControl()->confine; }

// 0 or an errno, as pthread_sigmask.
int SetMask(int how, const sigset_t* set, sigset_t* old) {
  unsigned long mask = 0;
  if (set != nullptr) {
    __builtin_memcpy(&mask, set, sizeof(mask));
    if (how != SIG_UNBLOCK) {
      mask &= ~(kLibcSignals | (Ours() ? kSigsys : 0));
    }
  }
  const long result = syscall(SYS_rt_sigprocmask, how,
                              set != nullptr ? &mask : nullptr, old, kSetBytes);
  return result == 0 ? 0 : errno;
}

}  // namespace

void FindSignalFunctions() {
  if (g_set_attr_mask != nullptr) return;
  g_sigaction = Next(g_sigaction, "sigaction");
  g_set_attr_mask = Next(g_set_attr_mask, "pthread_attr_setsigmask_np");
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

CELLBLOCK_EXPORT int sigaction(int signal, const struct sigaction* action,
                               struct sigaction* old) noexcept {
  Sigaction* real = RealSigaction();
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

// BSD semantics, as glibc's: the handler stays, and calls are restarted.
CELLBLOCK_EXPORT sighandler_t signal(int number,
                                     sighandler_t handler) noexcept {
  struct sigaction action = {};
  struct sigaction old;
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, number);
  action.sa_flags = SA_RESTART;
  if (handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

CELLBLOCK_EXPORT int sigprocmask(int how, const sigset_t* set,
                                 sigset_t* old) noexcept {
  const int error = SetMask(how, set, old);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

CELLBLOCK_EXPORT int pthread_sigmask(int how, const sigset_t* set,
                                     sigset_t* old) noexcept {
  const int saved = errno;
  const int error = SetMask(how, set, old);
  errno = saved;
  return error;
}

// The mask that a thread starts with.
CELLBLOCK_EXPORT int pthread_attr_setsigmask_np(pthread_attr_t* attributes,
                                                const sigset_t* set) {
  FindSignalFunctions();
  if (set == nullptr || !Ours()) return g_set_attr_mask(attributes, set);
  sigset_t copy = *set;
  sigdelset(&copy, SIGSYS);
  return g_set_attr_mask(attributes, &copy);
}
