// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Puts another page of a file in a mapping's place.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_shared;
BEFORE_THE_LOCK MapShared() {
  const long fd = Call(SYS_memfd_create, "two pages", 0);
  Need(fd >= 0 && Call(SYS_ftruncate, fd, 2 * kPageBytes) == 0);
  Call(SYS_pwrite64, fd, "A", 1, 0);
  Call(SYS_pwrite64, fd, "B", 1, kPageBytes);
  const long at = Call(SYS_mmap, nullptr, 2 * kPageBytes,
                       PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  Need(at > 0);
  g_shared = reinterpret_cast<char*>(at);
}

int main() {
  const long result = Call(SYS_remap_file_pages, g_shared, kPageBytes, 0, 1, 0);
  const volatile char* first = g_shared;
  if (*first == 'B') Escaped("a mapping rearranged");
  Refused(result);
}
