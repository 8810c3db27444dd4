// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: it does not follow references.
//
// Clang: nothing
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  Cell<int>& same = cell;
  pool.FreeCell(std::move(cell));
  same[0] = 1;
}

const Mistake kMistake("missed_through_a_reference", Run);

}  // namespace
}  // namespace cellblock
