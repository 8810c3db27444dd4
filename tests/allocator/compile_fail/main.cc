// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Makes the mistake that is named: exits with 0 if that ends, 2 if there is
// none of that name.
#include <stdio.h>
#include <string.h>

#include "tests/allocator/compile_fail/mistake.h"

int main(int argc, char** argv) {
  using cellblock::HeapPrealloc;
  using cellblock::Mistake;
  using cellblock::Region;
  alignas(16) static unsigned char memory[64 * 1024];
  auto pool = HeapPrealloc::Create(Region::Borrow(memory, sizeof(memory)));
  if (!pool.ok() || argc != 2) return 2;
  for (const Mistake* mistake = Mistake::first; mistake != nullptr;
       mistake = mistake->next) {
    if (strcmp(mistake->name, argv[1]) == 0) {
      mistake->run(*pool);
      return 0;
    }
  }
  fprintf(stderr, "no mistake is called %s\n", argv[1]);
  return 2;
}
