// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.14. Asks where its pages lie in the machine, for what is done with
// neighbours in memory.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static char page[kPageBytes];
  void* pages[1] = {page};
  int node = 0;
  page[0] = 1;
  EscapedIfDone(Call(SYS_move_pages, 0, 1, pages, nullptr, &node, 0),
                "where pages lie");
}
