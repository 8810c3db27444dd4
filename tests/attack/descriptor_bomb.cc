// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Descriptors without end. EMFILE where the limit is, however high the
// one outside was.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  for (int count = 3; count < 2000; ++count) {
    const long fd = Call(SYS_dup, 0);
    if (fd < 0) Refused(fd);
  }
  Escaped("two thousand descriptors");
}
