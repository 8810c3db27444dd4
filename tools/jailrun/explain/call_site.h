// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_CALL_SITE_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_CALL_SITE_H_

#include <cstdint>

#include "tools/jailrun/process_memory.h"

namespace cellblock {

// What stands before a word that may be a return address.
enum class CallSite : uint8_t {
  kNone,        // no call instruction: it is none
  kCallsIt,     // one that leads to the function, perhaps by a PLT or a jump
  kCallsOther,  // one that leads elsewhere
  kUnknown,     // one through a register or memory: it may lead anywhere
};

// Looks at the instruction that ends at `address`, and where it leads compared
// with `function`, where a function begins.
CallSite CallSiteBefore(uint64_t address, uint64_t function,
                        const MemoryReader& memory);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_CALL_SITE_H_
