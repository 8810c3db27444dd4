// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_RULES_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_RULES_H_

#include <cstdint>

namespace cellblock {

// DWARF's numbers of the registers that a call keeps; [16] is where it returns.
inline constexpr int kFrameRegisters = 17;

// How a caller's registers are found at one place of a function: its stack
// pointer is a register and an offset, and others lie in memory below that.
struct FrameRules {
  enum class Kind : uint8_t { kSame, kSaved, kUndefined };

  struct Rule {
    Kind kind = Kind::kSame;
    int64_t offset = 0;  // from the caller's stack pointer
  };

  uint8_t base = 7;
  int64_t offset = 8;
  Rule rules[kFrameRegisters];
};

// The rules at `address`, by the .eh_frame_hdr at `index` (Linux Standard Base,
// 10.6) of a file that is loaded. False iff it has none, or some that only an
// expression tells.
[[nodiscard]] bool FindFrameRules(uintptr_t index, uintptr_t address,
                                  FrameRules* rules);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_RULES_H_
