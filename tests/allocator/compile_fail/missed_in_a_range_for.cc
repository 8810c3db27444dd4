// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: a range-based for goes through a reference.
//
// Clang: nothing
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  pool.FreeCell(std::move(cell));
  for (int& value : cell) value = 1;
}

const Mistake kMistake("missed_in_a_range_for", Run);

}  // namespace
}  // namespace cellblock
