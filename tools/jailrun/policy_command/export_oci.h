// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_OCI_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_OCI_H_

#include <string>

#include "jail/policy.h"

namespace cellblock {

// A seccomp profile in the form of the OCI runtime specification, for the
// container that runs jailrun with `policy`: the outer of two filters.
//
// It allows what the policy allows, and what is needed until the lock
// (setup_calls.h); so it is wider than the policy, and no substitute for it. A
// refusal of the policy is answered with the same errno by the container; what
// remains, with ENOSYS, so that libc falls back to older calls. The kernel
// takes an errno of the outer filter before it asks the inner one's listener:
// jailrun does not hear of such a call, and does not end the program for it.
// Conditions on the jailed process's pid are left out: the container cannot
// know it.
//
// Threads: any. Syscalls: none but those of memory.
std::string ExportOci(const Policy& policy);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_OCI_H_
