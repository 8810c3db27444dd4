// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Cells of the process's own heap, each element of which starts as one value:
// what code for cells runs over where there is no pool.
//
//   bazel run //examples/seed:heap

#include <cstdio>
#include <utility>

#include "allocator/plain_heap.h"

using cellblock::Cell;
using cellblock::DefaultValueHeap;

int main() {
  DefaultValueHeap<unsigned char> halloc(0);
  bool is_right = true;
  for (int i = 1; i < 10; ++i) {
    Cell<unsigned char> x = halloc.AllocCell(100000);
    x[0] = 4;
    Cell<unsigned char> y = halloc.AllocCell(110000);
    y[0] = 5;
    Cell<unsigned char> z = halloc.AllocCell(120000);
    z[0] = 6;
    is_right = is_right && y[0] == 5;
    halloc.FreeCell(std::move(y));
    is_right = is_right && x[0] == 4 && x[9] == 0 && z[0] == 6;
  }  // x and z are freed here
  printf("heap: %s\n", is_right ? "9 rounds are right" : "wrong");
  return is_right ? 0 : 1;
}
