// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C9.69, C10.79. Has itself refused libraries 100000 times, by any descriptor,
// open or not. No effect: what is kept of it is bounded, and nobody is asked.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const uint64_t before = Mappings();
  const long file = Call(SYS_open, "/proc/self/status", 0);
  for (int i = 0; i < 25000; ++i) {
    const long descriptors[] = {0, file, -1, i};
    for (const long fd : descriptors) {
      const long at = Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_EXEC,
                           MAP_PRIVATE | MAP_DENYWRITE, fd, 0);
      if (at >= 0) Escaped("a library");
    }
  }
  if (Mappings() != before) Escaped("a mapping");
  NoEffect();
}
