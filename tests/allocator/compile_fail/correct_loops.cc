// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Loops as they are written every day: nothing is refused, nothing is reported.
//
// Clang: nothing
// Run: ends
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Change(Cell<int>& cell) { cell[0] = 1; }

void Fill(Cell<int>& cell) {
  for (size_t i = 0; i < cell.size(); ++i) cell[i] = 1;
}

int Sum(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  if (!cell) return 0;
  for (int i = 0; i < 3; ++i) cell[i] = i;
  int sum = 0;
  for (const int value : cell) sum += value;
  for (const int value : cell.span().first(1)) sum += value;
  pool.FreeCell(std::move(cell));
  return sum;
}

void FillIfAny(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  if (cell) {
    for (int i = 0; i < 3; ++i) cell[i] = i;
  }
  for (int i = 0; i < 3; ++i) {
    if (cell) Change(cell);
  }
}

// Every turn takes a longer cell, and frees the one before.
Cell<int> Grow(HeapPrealloc& pool, Cell<int> cell) {
  for (size_t turn = 0; turn < 3; ++turn) {
    Cell<int> longer = pool.AllocCell<int>(cell.size() * 2);
    if (!longer) return cell;
    for (size_t i = 0; i < cell.size(); ++i) longer[i] = cell[i];
    pool.FreeCell(std::move(cell));
    cell = std::move(longer);
  }
  return cell;
}

void UntilThereIsNone(HeapPrealloc& pool) {
  while (true) {
    Cell<char> cell = pool.AllocCell<char>(1 << 20);
    if (!cell) break;
    cell[0] = 1;
    if (cell[0] == 2) continue;
    pool.FreeCell(std::move(cell));
  }
}

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  if (!cell) return;
  Fill(cell);
  for (int turn = 0; turn < 2; ++turn) {
    Change(cell);
    cell = Grow(pool, std::move(cell));
    cell[turn] = Sum(pool);
  }
  FillIfAny(pool);
  UntilThereIsNone(pool);
  pool.FreeCell(std::move(cell));
}

const Mistake kMistake("correct_loops", Run);

}  // namespace
}  // namespace cellblock
