// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_DISASSEMBLY_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_DISASSEMBLY_H_

#include <string>
#include <vector>

#include "jail/evaluator.h"

namespace cellblock {

// One instruction of a filter in words.
struct DisassembledLine {
  std::string text;     // "jeq #0x101 to 9 else 12": targets are absolute
  std::string comment;  // "openat": what the constant means there; or empty
};

// A line for each instruction, in the notation of the kernel's bpf_dbg but for
// jumps. Constants are explained by what the accumulator holds on every path to
// them: the architecture, the number, or half of an argument.
//
// Errors: an instruction that the kernel does not know is "unknown".
// Threads: any. Syscalls: none but those of memory.
std::vector<DisassembledLine> Disassemble(FilterProgram program);

// The same as a listing: "  12: ret #0x7fff0000  ; allow".
std::string ListingOf(FilterProgram program);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_DISASSEMBLY_H_
