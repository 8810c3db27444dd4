// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.18. Seals a mapping, so that nobody can change it any more, by a call
// newer than the table.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_pages;
BEFORE_THE_LOCK MapOne() { g_pages = MapBefore(kPageBytes); }

int main() {
  constexpr long kMseal = 462;
  EscapedIfDone(Call(kMseal, g_pages, kPageBytes, 0), "a mapping sealed");
}
