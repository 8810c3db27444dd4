// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.23. Takes the allocator over by what free() reads first: finds the pages
// of the runtime that are its own and writes to each. What a pointer is judged
// by is read-only: SIGSEGV.

#include <stdlib.h>

#include "tests/attack/shared.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  void* block = malloc(64);
  const Range root = ReadOnlyPageNaming(block);
  Need(root.begin != nullptr);
  *reinterpret_cast<volatile uintptr_t*>(root.begin) = 0;
  Escaped("the allocator's root written");
}
