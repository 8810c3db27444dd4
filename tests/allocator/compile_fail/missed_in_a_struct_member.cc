// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Not seen by Clang: it follows variables, not their members.
//
// Clang: nothing
// Run: use of a cell after it was freed or moved from
#include "tests/allocator/compile_fail/mistake.h"

namespace cellblock {
namespace {

struct Picture {
  Cell<int> pixels;
};

void Run(HeapPrealloc& pool) {
  Picture picture{pool.AllocCell<int>(3)};
  pool.FreeCell(std::move(picture.pixels));
  picture.pixels[0] = 1;
}

const Mistake kMistake("missed_in_a_struct_member", Run);

}  // namespace
}  // namespace cellblock
