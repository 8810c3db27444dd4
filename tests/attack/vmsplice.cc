// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.15. Gives pages to a pipe, where they outlive their mapping.

#include <sys/uio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  static char page[kPageBytes];
  const iovec range = {page, sizeof(page)};
  EscapedIfDone(Call(SYS_vmsplice, ends[1], &range, 1, 0), "pages in a pipe");
}
