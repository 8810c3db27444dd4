// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_END_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_END_WORDS_H_

#include <string>

#include "jail/verdict.h"

namespace cellblock {

// "the program exited with 1", "the program was ended by signal 11
// (Segmentation fault)".
[[nodiscard]] std::string EndWords(const ProcessEnd& end);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_END_WORDS_H_
