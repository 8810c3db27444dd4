// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Calls that wait under a signal mask of their own. A handler that runs
// meanwhile has that mask too: SIGSYS is kept out of it, or the handler would
// be killed at its first trapped call.

// With it clang takes libc's checking ppoll for a second definition.
#undef _FORTIFY_SOURCE

#include <poll.h>
#include <signal.h>
#include <sys/select.h>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Suspend = int(const sigset_t*);
using Select = int(int, fd_set*, fd_set*, fd_set*, const timespec*,
                   const sigset_t*);
using Poll = int(pollfd*, nfds_t, const timespec*, const sigset_t*);

Suspend* g_suspend;
Select* g_select;
Poll* g_poll;

// A mask without SIGSYS; null iff it is to stay as it is.
class Mask {
 public:
  explicit Mask(const sigset_t* mask) : given_(mask != nullptr) {
    if (!given_) return;
    mask_ = *mask;
    // Without a lock nothing is trapped.
    if (Locked()) sigdelset(&mask_, SIGSYS);
  }

  const sigset_t* get() const { return given_ ? &mask_ : nullptr; }

 private:
  const bool given_;
  sigset_t mask_;
};

}  // namespace

void FindWaitFunctions() {
  if (g_poll != nullptr) return;
  g_suspend = Next(g_suspend, "sigsuspend");
  g_select = Next(g_select, "pselect");
  g_poll = Next(g_poll, "ppoll");
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

CELLBLOCK_EXPORT int sigsuspend(const sigset_t* mask) {
  FindWaitFunctions();
  return g_suspend(Mask(mask).get());
}

CELLBLOCK_EXPORT int pselect(int count, fd_set* read, fd_set* write,
                             fd_set* except, const timespec* time,
                             const sigset_t* mask) {
  FindWaitFunctions();
  return g_select(count, read, write, except, time, Mask(mask).get());
}

CELLBLOCK_EXPORT int ppoll(pollfd* fds, nfds_t count, const timespec* time,
                           const sigset_t* mask) {
  FindWaitFunctions();
  return g_poll(fds, count, time, Mask(mask).get());
}
