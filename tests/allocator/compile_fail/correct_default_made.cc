// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A default-made cell is empty, not consumed.
//
// Clang: nothing
// Run: ends
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> cell;
  (void)cell.span();
  pool.FreeCell(std::move(cell));
  Cell<int> latest;
  for (int turn = 0; turn < 2; ++turn) {
    latest = pool.AllocCell<int>(3);
    latest[0] = turn;
  }
}

const Mistake kMistake("correct_default_made", Run);

}  // namespace
}  // namespace cellblock
