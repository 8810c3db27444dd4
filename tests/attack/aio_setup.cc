// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. A context of the older asynchronous calls.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  unsigned long context = 0;
  EscapedIfDone(Call(SYS_io_setup, 1, &context), "a context");
}
