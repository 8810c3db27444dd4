// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell that is given back after another one got its memory.
//
// Clang: invalid invocation of method 'operator CellMemory' on a temporary
// Run: double free of a cell: it was freed or moved from already
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> first = pool.AllocCell<int>(3);
  const Cell<int> second = std::move(first);
  pool.FreeCell(std::move(first));
}

const Mistake kMistake("free_after_move", Run);

}  // namespace
}  // namespace cellblock
