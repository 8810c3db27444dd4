// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// As heap.cc, but who gets a cell fills it.
//
//   bazel run //examples/seed:heap_uninitialized

#include <algorithm>
#include <cstdio>
#include <utility>

#include "allocator/plain_heap.h"

using cellblock::Cell;
using cellblock::Fill;
using cellblock::PlainHeap;

int main() {
  PlainHeap halloc(Fill::kUninitialized);
  bool is_right = true;
  for (int i = 1; i < 10; ++i) {
    Cell<unsigned char> x = halloc.AllocCell<unsigned char>(100000);
    std::fill(x.begin(), x.end(), 0);
    x[0] = 4;
    Cell<unsigned char> y = halloc.AllocCell<unsigned char>(110000);
    y[0] = 5;
    Cell<unsigned char> z = halloc.AllocCell<unsigned char>(120000);
    z[0] = 6;
    is_right = is_right && y[0] == 5;
    halloc.FreeCell(std::move(y));
    is_right = is_right && x[0] == 4 && x[9] == 0 && z[0] == 6;
  }  // x and z are freed here
  printf("heap_uninitialized: %s\n", is_right ? "9 rounds are right" : "wrong");
  return is_right ? 0 : 1;
}
