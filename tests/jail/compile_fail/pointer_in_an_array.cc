// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Pointers, one by one.
//
// Says: a pointer means nothing in another process
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int Function(std::array<int*, 2> two) { return *two[0]; }

WRAP_IT(Function);

}  // namespace cellblock
