// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Refused by Clang though it is no mistake: where a function has one way out,
// it takes what comes after the loop for what comes before. A test of the cell
// with a return, in front of the loop, is a second way out.
//
// Clang: state of variable 'cell' must match at the entry and exit of loop
// Clang: invalid invocation of method 'operator[]' on object 'cell'
// Run: ends
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell = pool.AllocCell<int>(3);
  for (int i = 0; i < 3; ++i) cell[i] = i;
  pool.FreeCell(std::move(cell));
}

const Mistake kMistake("refused_free_after_a_loop", Run);

}  // namespace
}  // namespace cellblock
