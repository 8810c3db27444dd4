// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SCENE_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_SCENE_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// Words for what was seen of a call. Bounded, but not yet fit for a terminal:
// names are the program's own.

// "the main thread (12, 'prog')"
std::string ThreadText(const CallingThread& thread);

// "at " the first place and "by " its callers, of which the last may only be
// counted; and what could not be had.
std::vector<std::string> BacktraceLines(const CallScene& scene);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SCENE_TEXT_H_
