// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A reference to something of the worker.
//
// Says: a worker has only copies
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int value;
const int& Function() { return value; }

WRAP_IT(Function);

}  // namespace cellblock
