// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_UNSAFE_CALLS_H_
#define CELLBLOCK_JAIL_UNSAFE_CALLS_H_

#include "jail/policy.h"

namespace cellblock {

// Why a row of the user's that allows a call in `policy` is not to be added by
// accident; null iff it may be. It may be if no such call reaches past the
// process, and if it is as narrow as the policy, or whichever preset or group
// ties the call to its arguments, has it: an open file is no harm, and an open
// file to write to is. Where descriptors alone are told apart, any one will do.
//
// For calls that NeverAllowed does not name. Threads: any. Syscalls: none.
const char* WhyUnsafe(const Policy& policy, const Rule& rule);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_UNSAFE_CALLS_H_
