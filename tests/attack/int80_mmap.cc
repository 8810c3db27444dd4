// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.1. Memory by mmap2 through int 0x80, where its number is setxattr's. The
// filter kills whatever is not the native ABI.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kMmap2 = 192;
  const uint64_t before = Mappings();
  const long at = CallInt80(kMmap2, 0, kPageBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(before, at, "memory by int 0x80");
}
