// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Numbers of any count.
//
// Says: of spans only std::span<const uint8_t> can be passed
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

int Function(std::span<const int> numbers) { return numbers[0]; }

WRAP_IT(Function);

}  // namespace cellblock
