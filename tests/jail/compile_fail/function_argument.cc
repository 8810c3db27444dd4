// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A function to be called back.
//
// Says: a pointer means nothing in another process
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int Function(int (*call)()) { return call(); }

WRAP_IT(Function);

}  // namespace cellblock
