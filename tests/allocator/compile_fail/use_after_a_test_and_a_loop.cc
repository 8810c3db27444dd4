// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that was freed at the end of an everyday function.
//
// Clang: invalid invocation of method 'operator[]' on object 'cell'
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  if (!cell) return;
  for (int i = 0; i < 3; ++i) cell[i] = i;
  pool.FreeCell(std::move(cell));
  if (pool.stats().frees > 0) cell[0] = 1;
}

const Mistake kMistake("use_after_a_test_and_a_loop", Run);

}  // namespace
}  // namespace cellblock
