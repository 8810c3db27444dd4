// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool in a static buffer: one for the whole program, zero from the start.
// Two pools over it at the same time would hand out the same bytes twice.
//
//   bazel run //examples/seed:static

#include <cstdio>
#include <utility>

#include "allocator/heap_prealloc.h"

using cellblock::Cell;
using cellblock::Content;
using cellblock::Discipline;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Message;
using cellblock::Region;

static unsigned char global_buffer[100 << 20];

int main() {
  auto ags = HeapPrealloc::Create(
      Region::Borrow(global_buffer, sizeof(global_buffer), Content::kZero),
      {.fill = Fill::kZeroed,
       .discipline = Discipline::kFirstFit,
       .slots = 16});
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
  printf("static: x[0] is %d, %llu bytes in use\n", x[0],
         static_cast<unsigned long long>(ags->stats().in_use_bytes));
  return x[0] == 4 && ags->Validate().ok() ? 0 : 1;
}
