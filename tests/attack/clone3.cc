// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.8. A process of its own, by clone3. The filter answers ENOSYS, so that
// libc takes clone, which is named.

#include <linux/sched.h>
#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  clone_args args = {};
  args.exit_signal = SIGCHLD;
  const long child = Call(SYS_clone3, &args, sizeof(args));
  EscapedIfForked(child, "a process");
}
