// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.1. Another program by execve through int 0x80, where its number is
// munmap's, which is trapped and answered. The filter kills whatever is not the
// native ABI.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_low;
BEFORE_THE_LOCK MapLow() { g_low = MapBefore(kPageBytes, MAP_32BIT); }

int main() {
  constexpr long kExecve = 11;
  // 32-bit pointers to words in low memory.
  auto* argv = reinterpret_cast<uint32_t*>(g_low);
  char* text = g_low + 64;
  for (int i = 0; kShellWords[i] != nullptr; ++i, text += 64) {
    strcpy(text, kShellWords[i]);
    argv[i] = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(text));
  }
  strcpy(text, kShell);
  Refused(CallInt80(kExecve, text, argv, 0));
}
