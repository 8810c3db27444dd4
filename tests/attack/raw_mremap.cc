// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Doubles a mapping that is older than the pool. The pool answers with a
// copy in itself: the kernel moves nothing.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_old;
BEFORE_THE_LOCK MapOne() { g_old = MapBefore(kPageBytes); }

int main() {
  const uint64_t before = Mappings();
  const long at =
      Call(SYS_mremap, g_old, kPageBytes, 2 * kPageBytes, MREMAP_MAYMOVE);
  EscapedIfMapped(before, at, "a mapping that grew");
}
