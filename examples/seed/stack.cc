// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A pool in an array on the stack: no heap and no system call, and it goes with
// its function.
//
//   bazel run //examples/seed:stack

#include <cstdio>
#include <utility>

#include "allocator/heap_prealloc.h"

using cellblock::Cell;
using cellblock::Discipline;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Message;
using cellblock::Region;

int main() {
  unsigned char stack_buffer[64 << 10];
  auto ags = HeapPrealloc::Create(
      Region::Borrow(stack_buffer, sizeof(stack_buffer)),
      {.fill = Fill::kZeroed, .discipline = Discipline::kFirstFit, .slots = 4});
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
  printf("stack: x[0] is %d, %llu bytes in use\n", x[0],
         static_cast<unsigned long long>(ags->stats().in_use_bytes));
  return x[0] == 4 && ags->Validate().ok() ? 0 : 1;
}
