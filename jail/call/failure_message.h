// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FAILURE_MESSAGE_H_
#define CELLBLOCK_JAIL_CALL_FAILURE_MESSAGE_H_

#include <string>
#include <string_view>

#include "jail/call/call_failure.h"
#include "jail/policy.h"

namespace cellblock {

// What ToStatus says, from the same arguments: one line of printable ASCII,
// whatever the worker said. Empty iff the failure is clean, or its end is none
// of CallEnd's. Threads: any. Syscalls: those of memory.
std::string FailureMessage(const CallFailure& failure, std::string_view detail,
                           const Policy* policy);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_FAILURE_MESSAGE_H_
