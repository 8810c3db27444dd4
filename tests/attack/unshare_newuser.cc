// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.30. A user namespace for itself.

#include <sched.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_unshare, CLONE_NEWUSER), "a user namespace");
}
