// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// So many pairs of malloc and free of 32 bytes, for callgrind: the difference
// between two runs is what the pairs cost.
//
//   malloc_instructions PAIRS

#include <cstdlib>

#include "tests/benchmark/malloc_workload.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (long pairs = std::atol(argv[1]); pairs > 0; --pairs) {
    std::free(cellblock::AllocateTouched(32));
  }
  return 0;
}
