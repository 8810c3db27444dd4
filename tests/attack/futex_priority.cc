// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.34. Priority inheritance by futex, the operation of CVE-2014-3153.

#include <linux/futex.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static uint32_t word;
  EscapedIfDone(Call(SYS_futex, &word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0,
                     nullptr, nullptr, 0),
                "a lock with priority");
}
