// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A pointer.
//
// Says: a pointer means nothing in another process
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int Function(const char* text) { return *text; }

WRAP_IT(Function);

}  // namespace cellblock
