// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.14. Learns which pages of a file are in the page cache, that is what
// others read. The filter's answer is ENOMEM.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_pages;
BEFORE_THE_LOCK MapOne() { g_pages = MapBefore(kPageBytes); }

int main() {
  static unsigned char resident[1];
  EscapedIfDone(Call(SYS_mincore, g_pages, kPageBytes, resident),
                "what is in the page cache");
}
