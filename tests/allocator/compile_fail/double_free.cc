// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that is given back a second time.
//
// Clang: invalid invocation of method 'operator CellMemory' on a temporary
// Run: double free of a cell: it was freed or moved from already
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  pool.FreeCell(std::move(cell));
  pool.FreeCell(std::move(cell));
}

const Mistake kMistake("double_free", Run);

}  // namespace
}  // namespace cellblock
