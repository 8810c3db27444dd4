// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_PROTOCOL_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_PROTOCOL_H_

// What jailrun and jailrun-explain tell each other. The helper reads one
// request from its standard input and the process by two descriptors; it writes
// one line for each frame, the innermost first, and a last line:
//
//   F <address> <line> <certain: 0 or 1> TAB function TAB file
//   E
//
// Numbers are hexadecimal, the names without control characters and possibly
// empty. What the helper says is made of hostile memory: jailrun bounds it, and
// nothing follows from it but what is printed.

#include <cstddef>
#include <cstdint>

namespace cellblock {

inline constexpr uint64_t kExplainMagic = 0x316e6961'6c707845;  // "Explain1"

// Descriptors in the helper.
inline constexpr int kExplainMemory = 3;  // of /proc/PID/mem
inline constexpr int kExplainMaps = 4;    // of /proc/PID/maps

inline constexpr size_t kMostFrames = 64;
inline constexpr size_t kMostAddresses = 8192;

// DWARF's numbers of the registers of x86-64.
inline constexpr int kFramePointer = 6;
inline constexpr int kStackPointer = 7;
inline constexpr int kReturnAddress = 16;
inline constexpr int kRegisters = 17;

struct ExplainRequest {
  uint64_t magic;
  uint64_t
      all_known;  // 0: only the instruction is, the others have to be found
  uint64_t registers[kRegisters];  // [kReturnAddress]: the instruction
  uint64_t thread;                 // its id; 0: the main thread
  // What the first byte of kExplainMemory is the content of: 0, or it is a copy
  // of a part of the memory, which begins there.
  uint64_t memory_begin;
  // 1: the frames up to the first that is of another file than the innermost
  // are left out, if there is one.
  uint64_t only_callers;
  // Not 0: kExplainMemory holds so many addresses behind calls, and nothing
  // else; each is told where it is, and the rest of the request is not looked
  // at.
  uint64_t addresses;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_PROTOCOL_H_
