// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.26. Makes itself dumpable again, to leave a core file and to be traced.

#include <sys/prctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0),
                "a dumpable process");
}
