// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ALLOWANCE_COST_H_
#define CELLBLOCK_TOOLS_JAILRUN_ALLOWANCE_COST_H_

#include <string>
#include <string_view>

namespace cellblock {

// What a program that is taken over could do with an allowance, as --allow
// takes it ("@network", "unsafe:kill", "read:5"): one sentence without its
// full stop. Empty iff the allowance names no call and no group.
std::string CostOf(std::string_view allowance);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ALLOWANCE_COST_H_
