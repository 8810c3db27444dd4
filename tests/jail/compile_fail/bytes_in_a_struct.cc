// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A view of bytes that hides.
//
// Says: of spans only std::span<const uint8_t> can be passed
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Named {
  std::span<const uint8_t> bytes;
  int value;
};
int Function(const Named& named) { return named.value; }

WRAP_IT(Function);

}  // namespace cellblock
