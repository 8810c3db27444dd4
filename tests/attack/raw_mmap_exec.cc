// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.24. Fresh code: memory that is writable and executable. The pool's answer
// is EACCES.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  const long at =
      Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_WRITE | PROT_EXEC,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at < 0) Refused(at);
  PlaceCode(reinterpret_cast<void*>(at));
  if (Runs(reinterpret_cast<void*>(at))) Escaped("fresh code");
}
