// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PROFILE_CHECK_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PROFILE_CHECK_H_

#include "tools/jailrun/report_command/json_node.h"

namespace cellblock {

// Looks through `profile` of a report, not null: every member that is shown has
// its type, numbers are exact in JavaScript, and no list is longer than what a
// page can show.
// Errors: those of JsonNode.
void CheckProfile(const JsonNode& profile);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_PROFILE_CHECK_H_
