// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_CODE_PLACE_H_
#define CELLBLOCK_TOOLS_JAILRUN_CODE_PLACE_H_

#include <cstdint>
#include <string>

namespace cellblock {

// A place in the program's code. Names come from the program's files, or from
// memory that it can write: they are for a reader, and not yet for a terminal.
struct CodePlace {
  uint64_t address = 0;
  std::string module = {};  // the file that is mapped there, or empty
  uint64_t offset = 0;      // from where that file begins in memory
  std::string function = {};
  std::string file = {};  // of the source, where there is debug information
  uint32_t line = 0;
  bool certain = true;  // false: found by a search of the stack
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_CODE_PLACE_H_
