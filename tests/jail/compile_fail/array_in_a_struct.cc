// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// An array that hides how many members there are.
//
// Says: write std::array<T, n> for T[n]
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Point {
  int at[3];
  int weight;
};
int Function(Point point) { return point.weight; }

WRAP_IT(Function);

}  // namespace cellblock
