// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.26. Outlives jailrun: takes back the signal that ends it with its parent.

#include <sys/prctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  EscapedIfDone(Call(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0),
                "a life without its parent");
}
