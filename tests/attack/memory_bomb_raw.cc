// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Memory without end, by raw mmap and touched. The pool ends.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kBytes = 1 << 20;
  for (int megabytes = 0; megabytes < 64; ++megabytes) {
    const long at = Call(SYS_mmap, nullptr, kBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0) Exit(1);
    memset(reinterpret_cast<void*>(at), 1, kBytes);
  }
  Escaped("64 MiB out of a pool of 16");
}
