// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_SYSTEMD_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_SYSTEMD_H_

#include <string>

#include "jail/policy.h"

namespace cellblock {

// A drop-in for the unit of a service that runs under jailrun with `policy`, or
// locks itself with it: what systemd can enforce around it. As with ExportOci
// the filter is wider than the policy; systemd's has no conditions on
// arguments, so a call that the policy allows in some forms is allowed in all.
//
// Threads: any. Syscalls: none but those of memory.
std::string ExportSystemd(const Policy& policy);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_SYSTEMD_H_
