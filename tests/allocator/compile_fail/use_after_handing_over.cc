// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that was given to a function for good.
//
// Clang: invalid invocation of method 'operator[]' on object 'cell'
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Keep(Cell<int> cell) { cell[0] = 1; }

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  Keep(std::move(cell));
  cell[0] = 1;
}

const Mistake kMistake("use_after_handing_over", Run);

}  // namespace
}  // namespace cellblock
