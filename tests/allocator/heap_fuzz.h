// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_HEAP_FUZZ_H_
#define CELLBLOCK_TESTS_ALLOCATOR_HEAP_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// Takes any bytes as a kind of pool and a sequence of calls on it, and makes
// them. After each call the pool is validated and all its figures are compared
// with an oracle's; the contents of every block are checked until it is given
// back. The first thing that is wrong is named on standard error and ends the
// process by a signal. Returns 0.
int FuzzHeap(const uint8_t* data, size_t size);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_HEAP_FUZZ_H_
