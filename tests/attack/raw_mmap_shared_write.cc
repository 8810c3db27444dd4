// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Writes to a file by a shared mapping, where no call says so. The
// pool's answer is EACCES.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long fd = NumberIn(argv[1]);
  Call(SYS_pwrite64, fd, "before", 6, 0);
  const long at = Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED, fd, 0);
  if (at < 0) Refused(at);
  memcpy(reinterpret_cast<char*>(at), "mapped", 6);
  __asm__ volatile("" : : : "memory");
  char now[6] = {};
  Call(SYS_pread64, fd, now, sizeof(now), 0);
  if (memcmp(now, "mapped", 6) == 0) Escaped("a file written by a mapping");
  NoEffect();
}
