// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. A user namespace with a process that is root in it: the way to most of
// the kernel.

#include <sched.h>
#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long child = Call(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  EscapedIfForked(child, "a user namespace");
}
