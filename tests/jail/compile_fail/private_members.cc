// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A class that keeps something to itself.
//
// Says: only structs whose members are all public
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

class Counter {
 public:
  int count() const { return count_; }

 private:
  int count_ = 0;
};
Counter Function() { return {}; }

WRAP_IT(Function);

}  // namespace cellblock
