// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.2. Executable memory by the x32 ABI. The filter kills numbers with that
// bit.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(kPageBytes) char g_page[kPageBytes];

int main() {
  PlaceCode(g_page);
  const long result =
      Call(kX32 | SYS_mprotect, g_page, kPageBytes, PROT_READ | PROT_EXEC);
  if (result < 0) Refused(result);
  if (Runs(g_page)) Escaped("executable memory by x32");
}
