// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.13. Makes a page of the pool executable. The pool's answer is EACCES.

#include <stdlib.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  void* page = aligned_alloc(kPageBytes, kPageBytes);
  Need(page != nullptr);
  PlaceCode(page);
  const long result =
      Call(SYS_mprotect, page, kPageBytes, PROT_READ | PROT_WRITE | PROT_EXEC);
  if (result < 0) Refused(result);
  if (Runs(page)) Escaped("a page of the pool that runs");
}
