// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Jumps to code that it wrote to a page which a constructor left both
// writable and executable. A program with such a page is not run.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_page;
BEFORE_THE_LOCK MakePage() {
  g_page = MapBefore(kPageBytes);
  Need(Call(SYS_mprotect, g_page, kPageBytes,
            PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
}

int main() {
  PlaceCode(g_page);
  if (Runs(g_page)) Escaped("code of its own");
}
