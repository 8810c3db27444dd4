// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Takes its own constants out of the address space, to put something
// else there. The runtime keeps what is older than the pool and says that it is
// done.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(kPageBytes) const char g_page[kPageBytes] = {'k', 'e', 'p', 't'};

int main() {
  const uint64_t before = Mappings();
  EscapedIfMapped(before, Call(SYS_munmap, g_page, kPageBytes),
                  "a mapping removed");
}
