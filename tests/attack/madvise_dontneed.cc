// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.14. Drops the pages of an allocation, and what the allocator keeps in
// them. The filter's answer is EINVAL.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_pages;
BEFORE_THE_LOCK MapOne() { g_pages = MapBefore(kPageBytes); }

int main() {
  constexpr int kDontNeed = 4;
  volatile char* first = g_pages;
  *first = 'k';
  const long result = Call(SYS_madvise, g_pages, kPageBytes, kDontNeed);
  if (*first != 'k') Escaped("pages dropped");
  Refused(result);
}
