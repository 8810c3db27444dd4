// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that was freed: by its index, and by whatever gives its memory.
//
// Clang: invalid invocation of method 'operator[]' on object 'cell'
// Clang: invalid invocation of method 'data' on object 'cell'
// Clang: invalid invocation of method 'begin' on object 'cell'
// Clang: invalid invocation of method 'end' on object 'cell'
// Clang: invalid invocation of method 'span' on object 'cell'
// Clang: invalid invocation of method 'Narrow' on object 'cell'
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  pool.FreeCell(std::move(cell));
  cell[0] = 1;
  *cell.data() = 1;
  *cell.begin() = 1;
  *(cell.end() - 1) = 1;
  cell.span()[0] = 1;
  cell.Narrow(1);
}

const Mistake kMistake("use_after_free", Run);

}  // namespace
}  // namespace cellblock
