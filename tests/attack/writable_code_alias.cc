// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Jumps to code that it wrote at another address: a constructor mapped
// one file twice, for writing and for running. A program with a shared mapping
// that is executable is not run.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_write;
char* g_run;
BEFORE_THE_LOCK MapTwice() {
  const long fd = Call(SYS_memfd_create, "code", 0);
  Need(fd >= 0 && Call(SYS_ftruncate, fd, kPageBytes) == 0);
  const auto map = [fd](int protection) {
    const long at =
        Call(SYS_mmap, nullptr, kPageBytes, protection, MAP_SHARED, fd, 0);
    Need(at > 0);
    return reinterpret_cast<char*>(at);
  };
  g_write = map(PROT_READ | PROT_WRITE);
  g_run = map(PROT_READ | PROT_EXEC);
}

int main() {
  PlaceCode(g_write);
  if (Runs(g_run)) Escaped("code of its own");
}
