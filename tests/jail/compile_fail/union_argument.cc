// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A union.
//
// Says: nobody knows which member of a union holds
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

union Either {
  int number;
  bool truth;
};
int Function(Either either) { return either.number; }

WRAP_IT(Function);

}  // namespace cellblock
