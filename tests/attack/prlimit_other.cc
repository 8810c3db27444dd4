// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.40. Takes another process's CPU time away.

#include <sys/resource.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const rlimit limit = {0, RLIM_INFINITY};
  EscapedIfDone(
      Call(SYS_prlimit64, NumberIn(argv[1]), RLIMIT_CPU, &limit, nullptr),
      "another process limited");
}
