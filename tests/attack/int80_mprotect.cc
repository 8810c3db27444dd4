// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.1. Executable memory by mprotect through int 0x80, where its number is
// capget's. The filter kills whatever is not the native ABI.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_low;
BEFORE_THE_LOCK MapLow() { g_low = MapBefore(kPageBytes, MAP_32BIT); }

int main() {
  constexpr long kMprotect = 125;
  PlaceCode(g_low);
  const long result =
      CallInt80(kMprotect, g_low, kPageBytes, PROT_READ | PROT_EXEC);
  if (result < 0) Refused(result);
  if (Runs(g_low)) Escaped("executable memory by int 0x80");
}
