// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the function is to change.
//
// Says: a worker has only copies
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

void Function(int& value) { value = 1; }

WRAP_IT(Function);

}  // namespace cellblock
