// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: it follows variables, not elements.
//
// Clang: nothing
// Run: double free of a cell: it was freed or moved from already
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cells[2];
  cells[0] = pool.AllocCell<int>(3);
  pool.FreeCell(std::move(cells[0]));
  pool.FreeCell(std::move(cells[0]));
}

const Mistake kMistake("missed_in_a_container", Run);

}  // namespace
}  // namespace cellblock
