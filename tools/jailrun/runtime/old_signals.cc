// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The signal functions of older standards. libc's own call sigaction and
// sigprocmask inside libc, past signals.cc; these call what signals.cc exports,
// so that SIGSYS is kept from them too.

#include <errno.h>
#include <signal.h>

#include "tools/jailrun/runtime/runtime.h"

namespace {

enum class Handling { kPersistent, kOneShot };

sighandler_t Install(int number, sighandler_t handler, Handling handling) {
  struct sigaction action = {};
  struct sigaction old;
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags =
      handling == Handling::kPersistent ? 0 : SA_RESETHAND | SA_NODEFER;
  return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int Mask(int how, int number, sigset_t* old) {
  sigset_t set;
  sigemptyset(&set);
  if (sigaddset(&set, number) != 0) return -1;
  return sigprocmask(how, &set, old);
}

// BSD's masks are the first 32 signals, in one word.
int OldMask(int how, int mask) {
  sigset_t set;
  sigset_t old;
  sigemptyset(&set);
  for (int number = 1; number <= 32; ++number) {
    if ((static_cast<unsigned>(mask) >> (number - 1) & 1) != 0) {
      sigaddset(&set, number);
    }
  }
  if (sigprocmask(how, &set, &old) != 0) return -1;
  unsigned was = 0;
  for (int number = 1; number <= 32; ++number) {
    if (sigismember(&old, number) == 1) was |= 1u << (number - 1);
  }
  return static_cast<int>(was);
}

}  // namespace

CELLBLOCK_EXPORT sighandler_t ssignal(int number,
                                      sighandler_t handler) noexcept {
  return signal(number, handler);
}

CELLBLOCK_EXPORT sighandler_t bsd_signal(int number,
                                         sighandler_t handler) noexcept {
  return signal(number, handler);
}

CELLBLOCK_EXPORT sighandler_t sysv_signal(int number,
                                          sighandler_t handler) noexcept {
  return Install(number, handler, Handling::kOneShot);
}

CELLBLOCK_EXPORT sighandler_t __sysv_signal(int number,
                                            sighandler_t handler) noexcept {
  return Install(number, handler, Handling::kOneShot);
}

CELLBLOCK_EXPORT sighandler_t sigset(int number,
                                     sighandler_t handler) noexcept {
  sigset_t old;
  if (handler == SIG_HOLD) {
    struct sigaction action;
    if (Mask(SIG_BLOCK, number, &old) != 0) return SIG_ERR;
    if (sigismember(&old, number) == 1) return SIG_HOLD;
    return sigaction(number, nullptr, &action) == 0 ? action.sa_handler
                                                    : SIG_ERR;
  }
  const sighandler_t was = Install(number, handler, Handling::kPersistent);
  if (was == SIG_ERR || Mask(SIG_UNBLOCK, number, &old) != 0) return SIG_ERR;
  return sigismember(&old, number) == 1 ? SIG_HOLD : was;
}

CELLBLOCK_EXPORT int sigignore(int number) noexcept {
  return Install(number, SIG_IGN, Handling::kPersistent) == SIG_ERR ? -1 : 0;
}

CELLBLOCK_EXPORT int sighold(int number) noexcept {
  return Mask(SIG_BLOCK, number, nullptr);
}

CELLBLOCK_EXPORT int sigblock(int mask) noexcept {
  return OldMask(SIG_BLOCK, mask);
}

CELLBLOCK_EXPORT int sigsetmask(int mask) noexcept {
  return OldMask(SIG_SETMASK, mask);
}
