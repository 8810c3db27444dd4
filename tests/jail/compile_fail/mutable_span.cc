// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Bytes that the function is to change.
//
// Says: of spans only std::span<const uint8_t> can be passed
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

void Function(std::span<uint8_t> bytes) { bytes[0] = 1; }

WRAP_IT(Function);

}  // namespace cellblock
