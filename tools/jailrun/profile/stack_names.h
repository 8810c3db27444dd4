// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_STACK_NAMES_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_STACK_NAMES_H_

#include <chrono>
#include <string_view>

#include "tools/jailrun/profile/profile.h"

namespace cellblock {

// Fills the frames of a profile's stacks from their addresses: files by `maps`,
// which the kernel wrote before the program was locked; functions and lines by
// jailrun-explain, those of the largest stacks first, as far as it gets until
// `deadline`. An address that lies in no file is a frame without names.
void NameStacks(std::string_view maps,
                std::chrono::steady_clock::time_point deadline,
                Profile* profile);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_STACK_NAMES_H_
