// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.14. Pins memory of the machine.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  alignas(kPageBytes) static char page[kPageBytes];
  EscapedIfDone(Call(SYS_mlock, page, kPageBytes), "memory pinned");
}
