// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A pointer to something of the worker.
//
// Says: a pointer means nothing in another process
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int* Function() { return nullptr; }

WRAP_IT(Function);

}  // namespace cellblock
