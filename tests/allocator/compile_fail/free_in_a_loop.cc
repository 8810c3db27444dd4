// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that is given back at every turn.
//
// Clang: state of variable 'cell' must match at the entry and exit of loop
// Run: double free of a cell: it was freed or moved from already
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  for (int turn = 0; turn < 2; ++turn) pool.FreeCell(std::move(cell));
}

const Mistake kMistake("free_in_a_loop", Run);

}  // namespace
}  // namespace cellblock
