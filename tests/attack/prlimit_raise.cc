// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.40. Raises its soft limits to the hard ones, by prlimit64.

#include <sys/resource.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  rlimit limit;
  Call(SYS_getrlimit, RLIMIT_STACK, &limit);
  limit.rlim_cur = limit.rlim_max;
  EscapedIfDone(Call(SYS_prlimit64, 0, RLIMIT_STACK, &limit, nullptr),
                "a limit raised");
}
