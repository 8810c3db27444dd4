// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.13. Executable memory by pkey_mprotect with the key -1, which is mprotect
// by another number.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(kPageBytes) char g_page[kPageBytes];

int main() {
  PlaceCode(g_page);
  const long result =
      Call(SYS_pkey_mprotect, g_page, kPageBytes, PROT_READ | PROT_EXEC, -1);
  if (result < 0) Refused(result);
  if (Runs(g_page)) Escaped("executable memory by pkey_mprotect");
}
