// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// More members than can be told apart.
//
// Says: has at most 16 members
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Many {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};
int Function(Many many) { return many.q; }

WRAP_IT(Function);

}  // namespace cellblock
