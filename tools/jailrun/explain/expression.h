// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_EXPRESSION_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_EXPRESSION_H_

#include <elfutils/libdw.h>

#include <cstddef>

#include "tools/jailrun/explain/frame.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// The value of a DWARF expression of call frame information: where a register
// was saved or, if it is a value or another register, what was in it. `cfa` is
// the frame's canonical address, for DW_OP_call_frame_cfa.
//
// Errors: not known iff it needs a register, an address or an operation that
//   cannot be had. Jumps are none of those that can, so it always ends.
struct ExpressionResult {
  Word word;
  bool is_value = false;
};
ExpressionResult Evaluate(const Dwarf_Op* operations, size_t count,
                          const Frame& frame, Word cfa,
                          const MemoryReader& memory);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_EXPRESSION_H_
