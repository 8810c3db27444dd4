// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A vector of something else than bytes.
//
// Says: of vectors only std::vector<uint8_t> can be returned
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

std::vector<int> Function() { return {}; }

WRAP_IT(Function);

}  // namespace cellblock
