// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Refused by Clang though it is no mistake: the first turn starts with a cell
// that has memory, the second with one that is consumed.
//
// Clang: state of variable 'cell' must match at the entry and exit of loop
// Run: ends
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(1);
  for (int turn = 0; turn < 2; ++turn) {
    cell = pool.AllocCell<int>(3);
    cell[0] = turn;
    pool.FreeCell(std::move(cell));
  }
}

const Mistake kMistake("refused_outside_a_loop", Run);

}  // namespace
}  // namespace cellblock
