// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.26. Pins itself beside a victim of its choice.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  unsigned long processors[16] = {};
  const long bytes =
      Call(SYS_sched_getaffinity, 0, sizeof(processors), processors);
  Need(bytes > 0);
  EscapedIfDone(Call(SYS_sched_setaffinity, 0, bytes, processors),
                "a processor of its choice");
}
