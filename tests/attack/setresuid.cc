// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.43. Sets its user, to the one that it is.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_setresuid, -1, Call(SYS_geteuid), -1), "a user set");
}
