// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A string that hides.
//
// Says: only what is trivially copyable can be passed
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Named {
  int value;
  std::string name;
};
int Function(const Named& named) { return named.value; }

WRAP_IT(Function);

}  // namespace cellblock
