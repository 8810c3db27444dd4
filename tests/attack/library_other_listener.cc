// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.27. A listener that is there before the lock, whose owner would answer the
// jail's calls. The lock fails with EBUSY, and says so.

#include <linux/prctl.h>
#include <sys/prctl.h>

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const sock_fprog program = {1, const_cast<sock_filter*>(kAllowAll)};
  const long listener = Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                             SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  Need(listener >= 0);
  const LockResult result =
      Lock(OwnFilter(Notify::kSupervisor), Notify::kSupervisor);
  if (result.failed == LockStep::kDone) Escaped("a lock with two listeners");
  if (result.failed == LockStep::kSeccomp) Refused(-result.error);
}
