// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A string that the function is to change.
//
// Says: a worker has only copies
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

void Function(std::string& text) { text += "x"; }

WRAP_IT(Function);

}  // namespace cellblock
