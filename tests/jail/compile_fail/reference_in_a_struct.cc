// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A reference that hides.
//
// Says: a member of this struct is a reference
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Holder {
  int& value;
};
int Function(Holder holder) { return holder.value; }

WRAP_IT(Function);

}  // namespace cellblock
