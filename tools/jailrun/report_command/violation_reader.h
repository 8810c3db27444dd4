// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_VIOLATION_READER_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_VIOLATION_READER_H_

#include "tools/jailrun/report_command/json_node.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// Parts of a report that tell of one call, from its JSON.
// Errors: those of JsonNode.
ViolationReport ReadViolation(const JsonNode& json);
RefusedAllocation ReadRefusedAllocation(const JsonNode& exhaustion);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_VIOLATION_READER_H_
