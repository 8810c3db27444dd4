// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.32, C1.1. A forged signal frame with the 32-bit code segment, whose
// syscall instruction is the 32-bit entry with mmap2's number. The filter kills
// whatever is not the native ABI.

#include "tests/attack/sigreturn.h"

using namespace cellblock;  // NOLINT: one small program

char* g_low;
BEFORE_THE_LOCK PlaceGadget() {
  g_low = MapBefore(2 * kPageBytes, MAP_32BIT);
  // int $0x80; hlt
  memcpy(g_low, "\xcd\x80\xf4", 3);
  Call(SYS_mprotect, g_low, kPageBytes, PROT_READ | PROT_EXEC);
}

int main() {
  constexpr long kMmap2 = 192;
  constexpr long kCode32 = 0x23;
  Frame frame;
  frame.Set(REG_RIP, Word(g_low));
  frame.Set(REG_RSP, Word(g_low + 2 * kPageBytes - 64));
  frame.Set(REG_CSGSFS, kCode32 | kStackSegment << 48);
  frame.Set(REG_RAX, kMmap2);
  frame.Set(REG_RBX, 0);
  frame.Set(REG_RCX, kPageBytes);
  frame.Set(REG_RDX, PROT_READ | PROT_WRITE);
  frame.Set(REG_RSI, MAP_PRIVATE | MAP_ANONYMOUS);
  frame.Set(REG_RDI, -1);
  frame.Set(REG_RBP, 0);
  frame.Return();
}
