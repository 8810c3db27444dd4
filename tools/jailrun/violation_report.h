// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_VIOLATION_REPORT_H_
#define CELLBLOCK_TOOLS_JAILRUN_VIOLATION_REPORT_H_

#include "jail/policy.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// What to say of a forbidden call that the kernel handed over and the policy
// refused with `reason`: its name and arguments, what was seen of it (`scene`),
// and the option that would allow it, with what that costs, or why none does.
ViolationReport ExplainCall(const Violation& violation, const Policy& policy,
                            const char* reason, CallScene scene);

// What to say when the filter itself killed the process, so that nobody was
// told of the call; `hand_over` says which filters there were.
ViolationReport ExplainKillByFilter(HandOver hand_over);

// The same of a process that --on-violation=log let execve start.
ViolationReport ExplainKillAfterExec();

// What can be said if nobody could listen, for the reason `unheard_error`.
ViolationReport ExplainUnheardKill(int unheard_error);

// Why nobody could listen, in words.
std::string WhyUnheard(int unheard_error);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_VIOLATION_REPORT_H_
