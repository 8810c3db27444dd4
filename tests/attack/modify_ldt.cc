// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.16. A segment of its own in the local descriptor table: 16-bit code, and a
// favourite of kernel exploits.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  // entry_number, base_addr, limit, and the bits of a 32-bit data segment.
  const unsigned entry[4] = {0, 0, 0xfffff, 0x51};
  EscapedIfDone(Call(SYS_modify_ldt, 1, entry, sizeof(entry)),
                "a segment of its own");
}
