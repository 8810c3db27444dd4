// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SCRIPT_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_SCRIPT_TEXT_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// "'./x' is a script, and '/usr/bin/python3' runs it"; empty iff the program is
// no script.
std::string ScriptText(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SCRIPT_TEXT_H_
