// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.40. Reads another process's limits.

#include <sys/resource.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  rlimit limit;
  EscapedIfDone(
      Call(SYS_prlimit64, NumberIn(argv[1]), RLIMIT_CPU, nullptr, &limit),
      "another process's limits");
}
