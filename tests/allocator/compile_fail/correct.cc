// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The same steps in the right order: nothing is refused, nothing is reported.
//
// Clang: nothing
// Run: ends
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

Cell<int> None() {
  Cell<int> cell;
  return cell;
}

void Keep(Cell<int> cell) { cell[0] = 1; }
void Show(const Cell<int>& cell) { (void)cell[0]; }
void Change(Cell<int>& cell) { cell[0] = 1; }

void Run(HeapPrealloc& pool) {
  Cell<int> first = pool.AllocCell<int>(3);
  if (!first) return;
  first[0] = 1;
  for (int& value : first) value = 1;
  Show(first);
  Change(first);
  first.Narrow(2);
  Cell<int> second = std::move(first);
  first = pool.AllocCell<int>(4);
  if (first) first[3] = second[1];
  pool.FreeCell(std::move(second));
  second = std::move(first);
  second.span()[0] = *second.data() + *second.begin() + *(second.end() - 1);
  Keep(std::move(second));
  second = None();
}

const Mistake kMistake("correct", Run);

}  // namespace
}  // namespace cellblock
