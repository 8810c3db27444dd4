// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65, C3.30. Processes without end; the first one is the last. (Its children
// end at once.)

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (int i = 0; i < 20; ++i) {
    const long child = Call(SYS_fork);
    if (child == 0) Exit(0);
    if (child < 0) Refused(child);
    Call(SYS_wait4, child, nullptr, 0, nullptr);
  }
  Escaped("twenty processes");
}
