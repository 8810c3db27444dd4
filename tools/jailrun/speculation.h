// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SPECULATION_H_
#define CELLBLOCK_TOOLS_JAILRUN_SPECULATION_H_

#include <string>

#include "jail/speculation.h"

namespace cellblock {

// True iff neither goes on.
bool IsRestricted(const SpeculationLayer& layer);

// Each in words, with the reason where it goes on.
std::string Describe(const SpeculationLayer& layer);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SPECULATION_H_
