// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_LIST_H_
#define CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_LIST_H_

#include <cstdint>
#include <string>

#include "tools/jailrun/argument_structures.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// "[a, b, ...]": what `one` says of each of `count` structures, by its address
// and a copy. "?" stands for the first that cannot be read and all behind it.
template <typename T, typename One>
std::string ListText(const MemoryReader& memory, uint64_t address,
                     uint64_t count, const One& one) {
  if (address == 0) return "NULL";
  std::string text = "[";
  for (uint64_t i = 0; i < count; ++i) {
    if (i != 0) text += ", ";
    if (i == StructureText::kMostListed) return text + "...]";
    const uint64_t at = address + i * sizeof(T);
    const auto value = memory.Get<T>(at);
    if (!value) return i == 0 ? HexText(address) : text + "?]";
    text += one(at, *value);
  }
  return text + "]";
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_LIST_H_
