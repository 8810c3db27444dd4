// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. A counter, for side channels and for holes in the kernel.

#include <linux/perf_event.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static perf_event_attr attributes;
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  EscapedIfDone(Call(SYS_perf_event_open, &attributes, 0, -1, -1, 0),
                "a counter");
}
