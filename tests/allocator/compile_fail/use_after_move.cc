// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A cell whose memory another one has.
//
// Clang: invalid invocation of method 'operator[]' on object 'first'
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

void Run(HeapPrealloc& pool) {
  Cell<int> first = pool.AllocCell<int>(3);
  Cell<int> second = std::move(first);
  second[0] = 1;
  first[0] = 1;
}

const Mistake kMistake("use_after_move", Run);

}  // namespace
}  // namespace cellblock
