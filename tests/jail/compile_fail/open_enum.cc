// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// An enum that has fewer values than numbers.
//
// Says: an enum without a fixed underlying type
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

enum Open { kFirst, kSecond };
Open Function() { return kSecond; }

WRAP_IT(Function);

}  // namespace cellblock
