// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: a function that takes a reference may do anything with it.
//
// Clang: nothing
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Free(HeapPrealloc& pool, Cell<int>& cell) {
  pool.FreeCell(std::move(cell));
}

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  Free(pool, cell);
  cell[0] = 1;
}

const Mistake kMistake("missed_across_functions", Run);

}  // namespace
}  // namespace cellblock
