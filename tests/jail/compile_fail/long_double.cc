// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A number with bytes of no meaning.
//
// Says: pass a double
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

long double Function(int value) { return value; }

WRAP_IT(Function);

}  // namespace cellblock
