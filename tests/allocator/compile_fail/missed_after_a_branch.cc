// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: after a branch that consumes it and one that does not, it
// does not know which was taken.
//
// Clang: nothing
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  if (pool.stats().allocations > 0) pool.FreeCell(std::move(cell));
  cell[0] = 1;
}

const Mistake kMistake("missed_after_a_branch", Run);

}  // namespace
}  // namespace cellblock
