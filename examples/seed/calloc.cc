// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool in 200 MiB of calloc(3): zero at no cost, since only what was used
// before is cleared again.
//
//   bazel run //examples/seed:calloc

#include <cstdio>
#include <utility>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"

using cellblock::CallocRegion;
using cellblock::Cell;
using cellblock::Discipline;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Message;

int main() {
  auto ags = HeapPrealloc::Create(CallocRegion(200 << 20),
                                  {.fill = Fill::kZeroed,
                                   .discipline = Discipline::kFirstFit,
                                   .slots = 4096});
  if (!ags.ok()) {
    fprintf(stderr, "%s\n", Message(ags.error()));
    return 1;
  }
  Cell<unsigned char> x = ags->AllocCell<unsigned char>(9999);
  x[0] = 4;
  Cell<unsigned char> y = ags->AllocCell<unsigned char>(4);
  y[0] = 5;
  ags->FreeCell(std::move(y));
  // y[0] = 6;  // wrong: refused by -Werror=consumed, else reported
  printf("calloc: x[0] is %d, %llu bytes in use\n", x[0],
         static_cast<unsigned long long>(ags->stats().in_use_bytes));
  return x[0] == 4 && ags->Validate().ok() ? 0 : 1;
}
