// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that was freed without std::move by name.
//
// Clang: invalid invocation of method 'operator[]' on object 'cell'
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  pool.FreeCell(static_cast<Cell<int>&&>(cell));
  cell[0] = 1;
}

const Mistake kMistake("use_after_free_by_cast", Run);

}  // namespace
}  // namespace cellblock
