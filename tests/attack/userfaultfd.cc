// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. A descriptor that stops the kernel in the middle of a copy from user
// memory, the tool of many kernel exploits.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kUserModeOnly = 1;
  EscapedIfDone(Call(SYS_userfaultfd, kUserModeOnly), "a userfaultfd");
}
