// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool in one block of the process's heap, cleared once; afterwards that heap
// is not asked again. Cells show what their last owner left in them.
//
//   bazel run //examples/seed:heap_prealloc

#include "allocator/heap_prealloc.h"

#include <cstdio>
#include <utility>

#include "allocator/heap_regions.h"

using cellblock::Cell;
using cellblock::Discipline;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Message;
using cellblock::NewRegion;

int main() {
  auto ags = HeapPrealloc::Create(NewRegion(6 << 20, Fill::kZeroed),
                                  {.fill = Fill::kUninitialized,
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
  printf("heap_prealloc: x[0] is %d, %llu bytes in use\n", x[0],
         static_cast<unsigned long long>(ags->stats().in_use_bytes));
  return x[0] == 4 && ags->Validate().ok() ? 0 : 1;
}
