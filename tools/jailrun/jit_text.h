// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_JIT_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_JIT_TEXT_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// What compilers that run within the program are told of: it asked for memory
// that it could both write and run, or is known to. "it asked 3 times for ...".
// Empty iff there is nothing to say.
std::string JitText(const RunRecord& record);

// True iff such memory was asked for, and what the program then did is likely
// to be because it got none. Many that look for a pattern compile it where they
// can, and say with 1 that they have found none.
bool MayHaveFailedForJit(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_JIT_TEXT_H_
