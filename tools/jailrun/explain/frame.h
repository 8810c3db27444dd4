// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_FRAME_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_FRAME_H_

#include <array>
#include <cstdint>
#include <optional>

#include "tools/jailrun/explain_protocol.h"

namespace cellblock {

using Word = std::optional<uint64_t>;  // empty: not known

// A function's activation, as far as it is known.
struct Frame {
  std::array<Word, kRegisters> registers = {};  // [kReturnAddress]: where it is
  // It was interrupted where it is, or is the innermost: where it is need not
  // be behind a call.
  bool interrupted = true;
  bool certain = true;

  uint64_t address() const { return *registers[kReturnAddress]; }
  // An address of the instruction that it is in.
  uint64_t inside() const { return address() - (interrupted ? 0 : 1); }
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_FRAME_H_
