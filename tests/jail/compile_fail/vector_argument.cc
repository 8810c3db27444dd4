// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A vector.
//
// Says: only what is trivially copyable can be passed
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

size_t Function(std::vector<int> numbers) { return numbers.size(); }

WRAP_IT(Function);

}  // namespace cellblock
