// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C5.51. A thread with a filter of its own, which the kernel cannot put under
// another. The lock fails, and says so; nothing is locked by halves.

#include <linux/prctl.h>
#include <sched.h>
#include <sys/prctl.h>

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

int g_filtered;

int main() {
  StartThread([](void*) -> void* {
    Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const sock_fprog program = {1, const_cast<sock_filter*>(kAllowAll)};
    Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    __atomic_store_n(&g_filtered, 1, __ATOMIC_RELEASE);
    for (;;) Call(SYS_pause);
  });
  while (__atomic_load_n(&g_filtered, __ATOMIC_ACQUIRE) == 0) sched_yield();
  const LockResult result = Lock(OwnFilter(Notify::kNobody), Notify::kNobody);
  if (result.failed == LockStep::kDone)
    Escaped("a thread that no lock holds, and no word of it");
  if (result.failed == LockStep::kThreads) Refused(-1);
}
